import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { features } from '../../src/app/features.ts'
import type { Logger } from '../../src/kernel/ambient/ambient.ts'
import { engines, type OpenedEngine } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { failingStorage } from './failing.ts'
import { bodyOf, everythingOn, routes } from './routes.ts'

const bearer = { 'x-auth-strategy': 'bearer' }
const email = 'ada@example.com'

/** Everything that is logged, at every level, with causes, stacks and hidden fields. */
function capturing(): { logger: Logger; text(): string } {
  const lines: string[] = []
  const keep = (level: string) => (details: object, message: string) =>
    void lines.push(
      `${level} ${message} ${inspect(details, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null })}`,
    )
  return {
    logger: { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') },
    text: () => lines.join('\n'),
  }
}

/** Every secret a life of an account has, with what it is for: shown in every place a client can put it, good and bad. */
async function live(house: ReturnType<typeof houseOn>): Promise<ReadonlyMap<string, string>> {
  const canaries = new Map<string, string>()
  const note = (what: string, secret: string | undefined) => canaries.set(secret ?? '', what)
  const passwords = { first: 'canary-first-password', second: 'canary-second-password', wrong: 'canary-wrong-password' }
  for (const [which, password] of Object.entries(passwords)) note(`the ${which} password`, password)
  const browser = device(house)
  await browser.send('POST', '/auth/register', { email, password: passwords.first })
  const tokens = await device(house).send('POST', '/auth/login', { email, password: passwords.first }, bearer)
  const next = await device(house).send('POST', '/auth/refresh', { refreshToken: tokens.body.refreshToken }, bearer)
  for (const { body } of [tokens, next]) {
    note('an access token', body.accessToken)
    note('a refresh token', body.refreshToken)
  }
  for (const [name, value] of browser.jar) note(`the cookie ${name}`, value)
  await device(house, '192.0.2.9').send('POST', '/auth/login', { email, password: passwords.wrong })
  await device(house).send('POST', '/auth/register', { email, password: passwords.second })
  await device(house).send('POST', '/auth/register', {
    email: passwords.first,
    password: passwords.second,
    extra: passwords.wrong,
  })
  const csrf = { 'x-csrf-token': browser.jar.get('__Host-keywright-csrf') ?? '' }
  const change = { currentPassword: passwords.wrong, newPassword: passwords.second }
  await browser.send('POST', '/auth/password/change', change, csrf)
  await browser.send('POST', '/auth/password/change', { ...change, currentPassword: passwords.first }, csrf)
  const me = next.body.user.id
  const { temporaryPassword } = await house.auth.asSystem('support').password.reset({ id: me })
  note('a temporary password', temporaryPassword)
  const owed = await device(house, '192.0.2.8').send('POST', '/auth/login', { email, password: temporaryPassword })
  note('a login token', owed.body.loginToken)
  await device(house, '192.0.2.6').send('POST', '/auth/password/forgot', { email })
  await house.background.settled()
  const [mail] =
    house
      .service('mail')
      ?.inbox?.messages()
      .filter(({ text }) => text.includes('?token=')) ?? []
  note('the token of a mail', /token=(\S+)/.exec(mail?.text ?? '')?.[1])
  await askEverything(house, [...canaries.keys()])
  return canaries
}

/** Puts every secret into every route: as bearer, as cookie, as id, as query, as field, as content type. */
async function askEverything(house: ReturnType<typeof houseOn>, secrets: readonly string[]): Promise<void> {
  for (const secret of secrets) {
    for (const route of routes) {
      const path = `${route.path({ sessionHandle: encodeURIComponent(secret) })}?q=${encodeURIComponent(secret)}`
      const cookie = `__Host-keywright-session=${secret}; __Host-keywright-login=${secret}`
      const body = bodyOf(route) && {
        ...bodyOf(route),
        refreshToken: secret,
        loginToken: secret,
        password: secret,
        [secret]: secret,
      }
      await device(house, '192.0.2.7').send(route.endpoint.method, path, body, { authorization: `Bearer ${secret}` })
      await device(house, '192.0.2.7').send(route.endpoint.method, path, body, { cookie, 'user-agent': 'curl' })
      // A body that is accepted reaches the handler.
      const accepted = route.id === 'sessions.logout' ? { refreshToken: secret } : bodyOf(route)
      await device(house, '192.0.2.7').send(route.endpoint.method, path, accepted, { cookie })
    }
  }
}

function expectNone(text: string, canaries: ReadonlyMap<string, string>, where: string): void {
  expect(canaries.size).toBeGreaterThan(8)
  const found = [...canaries].filter(([secret]) => secret.length < 8 || text.includes(secret)).map(([, what]) => what)
  expect(found, `secrets in ${where}`).toEqual([])
}

describe.each(engines)('canaries in every request, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  const log = capturing()
  const heard: unknown[] = []

  beforeEach(async () => {
    engine = await open()
    house = houseOn(engine.storage, { ...everythingOn, infra: { logger: log.logger } })
    house.auth.on('*', (event) => void heard.push(event))
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  test('LG-01, I9: no secret is in a log of any level, an event, an outbox or audit row, or anywhere in the database', async () => {
    const canaries = await live(house)
    await house.background.settled()
    expectNone(log.text(), canaries, 'the log')
    expect(heard.length).toBeGreaterThan(5)
    expectNone(inspect(heard, { depth: 12, maxStringLength: null, maxArrayLength: null }), canaries, 'events')
    const db = house.database.everything<Record<string, object>>()
    for (const table of [...Object.values(features).flatMap(({ tables }) => Object.keys(tables ?? {})), 'rate_limit', 'change']) {
      const rows = await db.selectFrom(table).selectAll().execute()
      expectNone(JSON.stringify(rows), canaries, `the table ${table}`)
    }
  })

  test('CR-01: a dump of the database has no private key and no password that could be read', async () => {
    await live(house)
    const db = house.database.everything<Record<string, object>>()
    const keys = JSON.stringify(await db.selectFrom('signing_key').selectAll().execute())
    expect(keys).toContain('public')
    expect(keys).not.toMatch(/\\*"d\\*":|PRIVATE/)
    const passwords = JSON.stringify(await db.selectFrom('password').selectAll().execute())
    expect(passwords).toMatch(/\$argon2id\$/)
  })
})

test.each(['outage', 'bug'] as const)(
  'LG-01: no secret is logged while the database fails like a %s',
  async (how) => {
    const { storage, fail } = failingStorage()
    const log = capturing()
    const house = houseOn(storage, { ...everythingOn, infra: { logger: log.logger } })
    const canaries = await live(house)
    fail(how)
    await askEverything(house, [...canaries.keys()])
    await house.background.settled()
    if (how === 'bug') expect(log.text()).toContain('a request failed')
    expectNone(log.text(), canaries, 'the log')
    fail(undefined)
    await house.auth.close()
  },
  60_000,
)
