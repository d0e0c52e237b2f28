import { BootError } from 'keywright'
import { toFastify } from 'keywright/fastify'
import { toKoa } from 'keywright/koa'
import { CurrentUser, Demands, KeywrightGuard } from 'keywright/nestjs'
import { toNext } from 'keywright/next'
import { sqlite } from 'keywright/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/kernel/ambient/ambient.ts'
import { houseOn } from '../flows/house.ts'

function open(location = ':memory:') {
  const { auth } = houseOn(sqlite(location), { infra: { logger: silentLogger } })
  onTestFinished(() => auth.close())
  return auth
}

async function cookieOf(auth: ReturnType<typeof open>): Promise<string> {
  const body = JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery' })
  const headers = { 'content-type': 'application/json' }
  const answer = await auth.handle(new Request('https://app.example.com/auth/register', { method: 'POST', headers, body }))
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
}

test('a demand that cannot be meant is found where the guard is made', () => {
  const auth = open()
  const demands = { rol: 'admin' } as object
  expect(() => toFastify(auth).guard(demands)).toThrow(BootError)
  expect(() => toKoa(auth).guard(demands)).toThrow(BootError)
  expect(() => toNext(auth).guard(() => new Response(), demands)).toThrow(BootError)
  expect(() => Demands(demands)).toThrow('Demands.rol is not an option')
})

describe('Next: current() in a page', () => {
  const pageOf = (auth: ReturnType<typeof open>, headers: Record<string, string>) =>
    toNext(auth, { headers: async () => new Headers(headers) }).current()

  test('is who is there, also when a link of another site led here, and undefined for nobody', async () => {
    const auth = open()
    const cookie = await cookieOf(auth)
    const linked = { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    expect((await (await pageOf(auth, linked))?.user())?.email).toBe('ada@example.com')
    expect(await pageOf(auth, {})).toBeUndefined()
    expect(await pageOf(auth, { cookie: cookie.replace(/session=[^;]+/, 'session=forged') })).toBeUndefined()
  })

  test('CS-01: a server action that another site made a browser send is refused, with and without scripts', async () => {
    const auth = open()
    const foreign = { cookie: await cookieOf(auth), 'sec-fetch-site': 'cross-site' }
    await expect(pageOf(auth, { ...foreign, 'next-action': '40a1' })).rejects.toMatchObject({ code: 'csrf_rejected' })
    await expect(pageOf(auth, { ...foreign, 'content-type': 'multipart/form-data; boundary=x' })).rejects.toMatchObject({
      code: 'csrf_rejected',
    })
    const own = { ...foreign, 'sec-fetch-site': 'same-origin', 'next-action': '40a1' }
    expect(await pageOf(auth, own)).toMatchObject({ status: 'active' })
  })

  test('CS-01: in a route handler, a POST without a body that another site made a browser send is refused', async () => {
    const auth = open()
    const cookie = await cookieOf(auth)
    const origin = 'https://evil.example'
    const refusal = { code: 'csrf_rejected' }
    await expect(pageOf(auth, { cookie, origin, 'sec-fetch-site': 'cross-site' })).rejects.toMatchObject(refusal)
    await expect(pageOf(auth, { cookie, origin })).rejects.toMatchObject(refusal)
    expect(await pageOf(auth, { cookie, origin: 'https://app.example.com' })).toMatchObject({ status: 'active' })
  })

  test('never says that nobody is there while nobody can look', async () => {
    const auth = open('/dev/null/identity.db')
    await expect(pageOf(auth, { cookie: '__Host-keywright-session=some.thing' })).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('says what is missing without the headers of the page', async () => {
    await expect(toNext(open()).current()).rejects.toThrow('give toNext(auth, { headers })')
  })
})

describe('Nest without its module', () => {
  test('a guard lets nobody in, and says what is missing', async () => {
    const context = { getType: () => 'http', getClass: Object, getHandler: Object, switchToHttp: () => ({}) as never }
    await expect(new KeywrightGuard().canActivate(context)).rejects.toThrow(
      'KeywrightModule.forRoot(auth) is not among the imports',
    )
  })

  test('a guard refuses to look at what is not HTTP', async () => {
    const context = { getType: () => 'ws', getClass: Object, getHandler: Object, switchToHttp: () => ({}) as never }
    await expect(new KeywrightGuard(open()).canActivate(context)).rejects.toThrow('HTTP requests')
  })

  test('nothing of Nest is loaded before a Nest application asks for it', () => {
    expect(() => CurrentUser()).toThrow("Cannot find module '@nestjs/common'")
  })
})
