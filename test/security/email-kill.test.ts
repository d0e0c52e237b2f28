import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { startServer } from '../second-process.ts'
import { applicationAt, type Death } from '../stores/application.ts'
import { openSockets } from './sockets.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const target = 'ada@new.example'
const bearer = { 'x-auth-strategy': 'bearer' }
const mail = { from: 'Example <hi@example.com>', transport: 'inbox' as const }

let folder: string
let path: string
let house: ReturnType<typeof houseOn>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keywright-'))
  path = join(folder, 'test.db')
  const options = { mail, email: {}, stores: applicationAt(path), infra: { runJobs: false } }
  house = houseOn(storageAt(path), options, { jobsAtOnce: true })
})
afterEach(async () => {
  await house.auth.close()
  await rm(folder, { recursive: true })
})

/** A process that takes a token, and dies at that call of theirs. */
async function dying(death: Death, step: 'confirm' | 'revert', token: string): Promise<void> {
  const server = await startServer(path, { mail, email: {}, application: { path, death } })
  const sockets = await openSockets(server.origin, 1)
  const answer = await sockets.send('POST', `/auth/email/change/${step}`, { token }, {}).catch(() => 'nothing')
  expect(answer).toBe('nothing')
  await server.ended
  sockets.close()
}

const post = (path: string, body: object, headers = {}) => device(house).send('POST', `/auth${path}`, body, headers)
const sent = (to: string) =>
  (house.service('mail')?.inbox?.messages() ?? []).filter(
    (one) => one.to === to && one.subject !== 'Confirm your address for Example',
  )
async function work(): Promise<void> {
  house.advance(30_000)
  house.service('jobs').worker.poke()
  await house.background.settled()
}
const tokenFor = (to: string) => new URL(/https:\S+/.exec(sent(to)[0]?.text ?? '')?.[0] ?? '').searchParams.get('token') ?? ''

/** Somebody whose new address has been asked. */
async function asked() {
  const { accessToken } = (await post('/register', ada, bearer)).body
  const authorization = { authorization: `Bearer ${accessToken}` }
  const request = async () => {
    const { status } = await post('/email/change', { newEmail: target, currentPassword: ada.password }, authorization)
    await house.background.settled()
    return status
  }
  expect(await request()).toBe(200)
  return { request, me: async () => (await device(house).send('GET', '/auth/me', undefined, authorization)).body.email }
}

test('a change that died before their write changed nothing, nobody hears that it did, and it can be begun anew', async () => {
  const { request, me } = await asked()
  const token = tokenFor(target)
  await dying('before users.update', 'confirm', token)
  for (let turn = 0; turn < 4; turn += 1) await work()
  expect([await me(), sent(ada.email)]).toEqual([ada.email, []])
  expect((await post('/email/change/confirm', { token })).body.code).toBe('ticket_rejected')
  expect(await request()).toBe(200)
  expect((await post('/email/change/confirm', { token: tokenFor(target) })).status).toBe(200)
})

test('a change that died after their write is heard of at the old address, with a way back', async () => {
  const { me } = await asked()
  await dying('after users.update', 'confirm', tokenFor(target))
  await work()
  expect(await me()).toBe(target)
  expect((await post('/email/change/revert', { token: tokenFor(ada.email) })).status).toBe(200)
  expect((await post('/login', { email: target, password: ada.password })).status).toBe(401)
})

test.each(['before users.update', 'after users.update'] as const)(
  'a way back that died %s leaves nobody in, and can be gone again',
  async (death) => {
    const { me } = await asked()
    await post('/email/change/confirm', { token: tokenFor(target) })
    await work()
    const undo = tokenFor(ada.email)
    await dying(death, 'revert', undo)
    const old = await Promise.all([ada.email, target].map((email) => post('/login', { ...ada, email })))
    expect([await me(), ...old.map(({ status }) => status)]).toEqual([undefined, 401, 401])
    expect((await post('/email/change/revert', { token: undo })).status).toBe(200)
    await work()
    expect(sent(ada.email)[0]?.subject).toBe('Your account at Example is yours again')
  },
  60_000,
)
