/**
 * What operators do leaves a trace. The endpoints are read from the contracts at run time: a new one fails here until somebody says what a good
 * call of it looks like.
 *
 * @module
 */
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { adminContracts } from '../../src/app/contracts.ts'
import { MailRefused } from '../../src/features/mail/index.ts'
import { sqlite } from '../../src/sqlite.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'

const transport = {
  async send({ to }: { to: string }) {
    if (to.startsWith('gone')) throw new MailRefused('550 no such mailbox', { isAddress: true })
  },
}
const house = houseOn(
  sqlite(':memory:'),
  { mail: { from: 'Example <hi@example.com>', transport }, email: {}, infra: { runJobs: false } },
  { jobsAtOnce: true },
)
afterAll(() => house.auth.close())

const scene = house.auth.asSystem('scene')
let people = 0
const nextAddress = () => `person-${++people}@example.com`
const someone = async () => ({ id: (await scene.users.create({ identifier: nextAddress() })).id })

/** Somebody who is logged in. */
async function visitor() {
  const browser = device(house)
  const secret = { email: nextAddress(), password: 'correct horse battery' }
  const { body } = await browser.send('POST', '/auth/register', secret)
  return { browser, secret, id: (body as { user: { id: string } }).user.id }
}

const enabling = ({ id }: { id: string }) => ({ action: 'enable' as const, selector: { ids: [id] }, reason: 'by mistake' })
const fileOf = (address: string) => ({ format: 'csv' as const, reason: 'moving day', file: `email\n${address}\n` })
/** What begins like a picture is taken for one. */
const pngOf = (name: string) => Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from(name)])
const staged = async () => ({ id: (await scene.imports.stage(fileOf(nextAddress()))).id })

/** A run whose job is lost. */
async function brokenOff() {
  const { id } = await scene.bulk.start(enabling(await someone()))
  await house.background.settled()
  await sql`update bulk_run set state = 'running' where id = ${id}`.execute(house.database.everything())
  return { id }
}

/** A call of an endpoint that changes something; `reads` for one that changes nothing whatever its method. */
const acts: Readonly<Record<string, 'reads' | (() => Promise<object>)>> = {
  'users.create': async () => ({ identifier: nextAddress() }),
  'users.disable': async () => ({ ...(await someone()), reason: 'asked for it' }),
  'users.enable': async () => {
    const who = await someone()
    await scene.users.disable({ ...who, reason: 'by mistake' })
    return who
  },
  'users.update': async () => ({ ...(await someone()), firstName: 'Ada' }),
  'users.setMetadata': async () => ({ ...(await someone()), metadata: { plan: 'pro' } }),
  'users.setRole': async () => ({ ...(await someone()), role: 'support' }),
  'sessions.revokeAll': async () => ({ id: (await visitor()).id }),
  'sessions.revoke': async () => {
    const { sessions } = await scene.sessions.list({ userId: (await visitor()).id })
    return { sessionHandle: sessions[0]?.sessionHandle }
  },
  'password.reset': someone,
  'password.requireReset': someone,
  'password.provision': async () => ({ identifier: nextAddress() }),
  'email.sendVerification': someone,
  'email.verify': someone,
  'account.delete': someone,
  'account.restore': async () => {
    const { browser, secret, id } = await visitor()
    const csrf = { 'x-csrf-token': browser.jar.get('__Host-keywright-csrf') ?? '' }
    await browser.send('DELETE', '/auth/account', { currentPassword: secret.password }, csrf)
    return { id }
  },
  'keys.rotate': async () => ({}),
  'keys.retire': async () => {
    const [old] = (await scene.keys.list()).keys
    await scene.keys.rotate()
    house.advance(180_000)
    // As when two processes that booted at once have both made one.
    await sql`update signing_key set retired_at = null, expires_at = null`.execute(house.database.everything())
    return { kid: old?.kid }
  },
  'jobs.redrive': async () => ({ kind: 'mail.send' }),
  'jobs.drop': async () => {
    const broken = { name: 'mail.send', payload: { safeParse: () => ({}) } } as never
    const owed = await house.database.transaction(house.systemCtx('scene'), (tx) =>
      house.service('jobs').enqueue(tx, broken, { nothing: true } as never),
    )
    await house.background.settled()
    return { id: owed }
  },
  'mail.setTexts': async () => ({ id: 'test', translations: { en: { subject: 'Hello' } } }),
  'mail.resetTexts': async () => ({ id: 'test' }),
  'mail.preview': 'reads',
  'mail.sendTest': async () => ({ to: 'ops@example.com' }),
  'mail.release': async () => {
    await scene.mail.sendTest({ to: 'gone@example.com' }).result()
    return { address: 'gone@example.com' }
  },
  'settings.set': async () => ({ settings: { 'password.minLength': 13 } }),
  'bulk.start': async () => enabling(await someone()),
  'bulk.cancel': brokenOff,
  'bulk.resume': async () => {
    const run = await brokenOff()
    await scene.bulk.cancel(run)
    return run
  },
  'imports.stage': async () => fileOf(nextAddress()),
  'imports.run': staged,
  'imports.cancel': async () => {
    const file = await staged()
    await sql`update import_run set state = 'running' where id = ${file.id}`.execute(house.database.everything())
    return file
  },
  'imports.discard': staged,
  'pictures.upload': async () => ({ file: pngOf(nextAddress()) }),
  'pictures.delete': async () => {
    const { filename } = await scene.pictures.upload({ file: pngOf(nextAddress()) })
    return { filename }
  },
  'texts.set': async () => ({ page: 'login', translations: { en: { title: 'Hello' } } }),
}

const mutating = adminContracts.flatMap(({ name, endpoints }) =>
  Object.entries(endpoints)
    .filter(([, { method }]) => method !== 'GET')
    .map(([key]) => ({ name, key, id: `${name}.${key}` })),
)

test('whatever an operator changes is in the audit log under their name', async () => {
  expect(mutating.filter(({ id }) => !Object.hasOwn(acts, id))).toEqual([]) // say above what a good call looks like
  const silent: string[] = []
  for (const { name, key, id } of mutating) {
    const inputOf = acts[id] ?? 'reads'
    if (inputOf === 'reads') continue
    const input = await inputOf()
    const api = house.auth.asSystem(`the operator of ${id}`) as unknown as Record<
      string,
      Record<string, (input: object) => Promise<unknown>>
    >
    await api[name]?.[key]?.(input)
    const { entries } = await scene.audit.list({ limit: '100' })
    if (!entries.some(({ actor }) => actor.kind === 'system' && actor.id === `the operator of ${id}`)) silent.push(id)
  }
  expect(silent).toEqual([])
})
