import { expect, test } from 'vitest'
import { ada, bcrypt, bearer, openDesk } from './desk.ts'
import type { MyUser } from './samples/my-user-store.ts'
import { MyUserStore } from './samples/my-user-store.ts'

const claimsIn = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))

async function openWith(buildTokenPayload: (user: MyUser) => object | Promise<object>) {
  const users = new MyUserStore()
  await users.create({ email: ada.email, password: await bcrypt(ada.password), role: 'editor', plan: 'pro' })
  return openDesk({ users, config: { buildTokenPayload } })
}

test('claims of buildTokenPayload are in the token, in req.user and in /me, for cookies and tokens alike', async () => {
  const { client } = await openWith(({ plan }) => ({ plan, permissions: ['orders:read'], nested: { a: 1 }, absent: undefined }))
  const custom = { plan: 'pro', permissions: ['orders:read'], nested: { a: 1 } }
  const standard = {
    sub: '1',
    email: ada.email,
    role: 'editor',
    loginProvider: 'local',
    isEmailVerified: false,
    isTotpEnabled: false,
  }
  const browser = client()
  await browser.login()
  const app = client()
  const { accessToken } = (await app.login(ada, bearer)).body
  expect(claimsIn(accessToken)).toMatchObject({ ...standard, ...custom })
  for (const path of ['/auth/me', '/orders']) {
    const times = { sid: expect.any(String), iat: expect.any(Number), exp: expect.any(Number) }
    expect((await browser.get(path)).body).toEqual({ ...standard, ...custom, ...times })
    const { sid, iat, exp } = claimsIn(accessToken)
    expect((await app.get(path, { authorization: `Bearer ${accessToken}` })).body).toEqual({
      ...standard,
      ...custom,
      sid,
      iat,
      exp,
    })
  }
})

test('TOK-03: no claim of the application says who somebody is or how long they may stay', async () => {
  const registered = {
    sub: 'root',
    sid: 'none',
    iat: 0,
    exp: 9e9,
    iss: 'https://evil.test',
    aud: 'all',
    ver: 99,
    tid: 'other',
    jti: 'x',
  }
  const { client } = await openWith(() => ({ ...registered, isRoot: true }))
  const app = client()
  const { accessToken } = (await app.login(ada, bearer)).body
  const found = (await app.get('/orders', { authorization: `Bearer ${accessToken}` })).body
  expect(found).toMatchObject({ sub: '1', isRoot: true })
  const browser = client()
  await browser.login()
  const ours = (await browser.get('/orders')).body
  for (const claims of [claimsIn(accessToken), found, ours])
    for (const [name, value] of Object.entries(registered)) expect(claims[name]).not.toBe(value)
  expect(ours.sid).not.toBe(found.sid)
})

test('claims follow the user at the next refresh, /me at once; a callback may be asynchronous', async () => {
  const state = { plan: 'free' }
  const { client } = await openWith(async () => ({ plan: await Promise.resolve(state.plan) }))
  const browser = client()
  await browser.login()
  const plans = async () => {
    const answers = [await browser.get('/orders'), await browser.get('/auth/me')]
    return answers.map(({ body }) => Reflect.get(body, 'plan'))
  }
  state.plan = 'pro'
  expect(await plans()).toEqual(['free', 'pro'])
  await browser.send('POST', '/auth/refresh', undefined, browser.csrf())
  expect(await plans()).toEqual(['pro', 'pro'])
})

test('a callback that throws makes no session, in their store neither', async () => {
  const { client, settled, sessions } = await openWith(() => {
    throw new Error('the permissions are away')
  })
  expect(await client().login()).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } })
  await settled()
  expect(await sessions?.getSessionsForUser('1')).toEqual([])
})
