import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MailRefused } from '../../src/features/mail/index.ts'
import { engines, type OpenedEngine } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'

const ada = { email: 'ada.lovelace@example.com', password: 'correct horse battery' }
const browser = { 'user-agent': 'AnalyticalEngine/1.0' }
const ip = '203.0.113.77'
const day = 86_400_000

/** What of a person may stay, and why. Everything else that still says who they were is a fault. */
const remains: Readonly<Record<string, string>> = {
  'account_deletion.user_id': 'for a day, so that nothing begins for them that was under way',
  'account_deletion.caller': 'for a day, as who asked',
  'audit_entry.user_id': 'the tombstone: that something happened to somebody',
  'audit_entry.actor_id': 'the tombstone: that the same somebody did it',
  'audit_entry.target': 'the tombstone',
  'bulk_row.user_id': 'the tombstone: an act on many was one on them, for 90 days',
  'bulk_run.selector': 'as above',
  'outbox.user_id': 'what happened is still owed to listeners, for seven days',
  'outbox.actor': 'as above',
  'job.payload': 'a delivery of such an event to one listener',
  'change.id': 'by it other nodes hear that every session is over',
}

/** Rows of these are there while a store of the application is written to, which is not the case here. */
const aroundOtherStores = ['user_intent', 'user_address_step', 'password_intent']

describe.each(engines.filter(({ name }) => name !== 'sqlite-file'))('somebody who is gone, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>

  beforeEach(async () => {
    engine = await open()
    const transport = {
      async send({ subject }: { subject: string }) {
        if (subject.includes('was changed')) throw new MailRefused('550 no such mailbox', { isAddress: true })
        if (/^(Choose|You need)/.test(subject)) throw new Error('the mail server is away')
      },
    }
    house = houseOn(
      engine.storage,
      {
        mail: { from: 'Example <hi@example.com>', transport },
        users: { identifiers: ['email', 'username'] },
        telemetry: { anonymizeIps: false },
        sessions: { buildTokenPayload: ({ email, firstName }) => ({ email, firstName }) },
        infra: { runJobs: false, logger: { debug() {}, info() {}, warn() {}, error() {} } },
      },
      { jobsAtOnce: true },
    )
    house.auth.on('identity.*', () => Promise.reject(new Error('the listener is away')), { name: 'crm' })
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const system = () => house.auth.asSystem('support')
  const rows = () => house.database.everything<Record<string, Record<string, unknown>>>()

  async function tables(): Promise<readonly string[]> {
    const catalogue =
      house.database.engine.name === 'sqlite'
        ? sql<{ name: string }>`select name from sqlite_master where type = 'table'`
        : sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = current_schema()`
    return (await catalogue.execute(rows())).rows.map(({ name }) => name)
  }

  /** Where these texts are: `table.column`, whatever its type. */
  async function places(texts: readonly string[]): Promise<readonly string[]> {
    const found = new Set<string>()
    for (const table of await tables()) {
      for (const row of await rows().selectFrom(table).selectAll().execute()) {
        for (const [column, value] of Object.entries(row)) {
          const said = JSON.stringify(value)?.toLowerCase() ?? ''
          if (texts.some((text) => said.includes(text.toLowerCase()))) found.add(`${table}.${column}`)
        }
      }
    }
    return [...found].sort()
  }

  /** Somebody who has used everything there is, and has left something everywhere. @returns their id */
  async function live(): Promise<string> {
    const laptop = device(house, ip)
    const send = (path: string, body: object, method = 'POST') =>
      laptop.send(method, `/auth${path}`, body, { ...browser, ...csrf() })
    const csrf = () => ({ 'x-csrf-token': laptop.jar.get('__Host-keywright-csrf') ?? '' })
    const { id } = (await send('/register', { ...ada, firstName: 'Augusta', lastName: 'Lovelace' })).body.user
    await send('/me', { firstName: 'Ada', locale: 'en-GB', metadata: { work: 'note g' } }, 'PATCH')
    await device(house, ip).send('POST', '/auth/login', { ...ada, password: 'a wrong one, surely' }, browser)
    const phone = device(house, ip)
    const { refreshToken } = (await phone.send('POST', '/auth/login', ada, { ...browser, 'x-auth-strategy': 'bearer' })).body
    await phone.send('POST', '/auth/refresh', { refreshToken }, { ...browser, 'x-auth-strategy': 'bearer' })
    await send('/password/forgot', { email: ada.email })
    await send('/password/change', { currentPassword: ada.password, newPassword: 'violet harbour lamp 42' })
    await house.background.settled()
    await system().users.disable({ id, reason: 'by mistake' })
    await system().users.enable({ id })
    await system().bulk.start({ action: 'enable', selector: { ids: [id] }, reason: 'by mistake' })
    await system().imports.stage({ format: 'csv', reason: 'moving day', file: `email,firstName\n${ada.email},Ada\n` })
    const { temporaryPassword } = await system().password.reset({ id })
    await send('/login', { ...ada, password: temporaryPassword }) // leaves a pending login
    await house.background.settled()
    await house.service('events').dispatch()
    await house.background.settled()
    for (const table of aroundOtherStores) {
      const [at, caller] = [house.ambient.clock.now(), { tenantId: 'default', actor: { kind: 'user', id } }]
      const common = { pool_id: 'default', user_id: id, declared_at: at }
      const rest: Record<string, object> = {
        user_intent: { revoked_at: at },
        user_address_step: { id: 'a step', email: ada.email },
        password_intent: { revoked_at: at, id: 'a change', target: 'a mark', reason: 'user', caller },
      }
      await rows()
        .insertInto(table)
        .values({ ...common, ...rest[table] })
        .execute()
    }
    return id
  }

  test('SES-07: nothing says who they were, in any column of any table', async () => {
    const id = await live()
    const [personal, whence] = [
      ['lovelace', 'augusta', 'note g'],
      [ip, browser['user-agent']],
    ]
    const used = await places([id])
    const withUser = (await tables()).filter((table) => !['account_deletion'].includes(table))
    for (const table of withUser) {
      const [row = {}] = await rows().selectFrom(table).selectAll().limit(1).execute()
      if ('user_id' in row) expect(used, `${table}: let this person leave something there`).toContain(`${table}.user_id`)
    }
    expect(await places(personal)).toEqual(
      expect.arrayContaining(['audit_entry.before', 'job.payload', 'mail_suppression.address', 'session_state.claims']),
    )
    expect(await places(whence)).toEqual(
      expect.arrayContaining(['audit_entry.ip', 'job.payload', 'outbox.ip', 'outbox.user_agent', 'telemetry_event.ip']),
    )

    const shown = (await system().account.export({ id })).data
    expect(Object.keys(shown).sort()).toEqual(['audit', 'mail', 'password', 'sessions', 'telemetry', 'tickets', 'users'])
    expect(JSON.stringify(shown)).toMatch(/note g.*/)
    expect(JSON.stringify(shown)).not.toMatch(/argon2|digest|hash/i)

    expect(await system().account.delete({ id })).toEqual({ status: 'deleted' })
    expect(await places([...personal, ...whence])).toEqual([])
    const left = await places([id])
    expect(left.filter((place) => !Object.hasOwn(remains, place))).toEqual([])
    house.advance(day + 1)
    await house.service('account').carryOutDue()
    expect((await places([id])).filter((place) => place.startsWith('account_deletion'))).toEqual([])

    // Whoever has the address next is somebody new, whom nothing of before helps or hurts.
    expect((await device(house).send('POST', '/auth/login', ada)).body.code).toBe('invalid_credentials')
    const { body } = await device(house).send('POST', '/auth/register', ada)
    expect(body.user).toMatchObject({ email: ada.email, firstName: null, metadata: {} })
    expect(body.user.id).not.toBe(id)
    expect((await system().sessions.list({ userId: body.user.id })).sessions).toHaveLength(1)
    expect((await system().mail.listSuppressed()).addresses).toEqual([])
  })

  test('SES-07: whoever is called like a field of what waits to be sent, or like somebody’s id, takes nobody’s mail with them', async () => {
    const { user } = (await device(house).send('POST', '/auth/register', ada)).body
    await device(house).send('POST', '/auth/password/forgot', { email: ada.email })
    await system().password.requireReset({ id: user.id })
    await house.background.settled()
    const waiting = async () => (await system().jobs.list({ kind: 'mail.send' })).jobs.map(({ id }) => id)
    const before = await waiting()
    expect(before).toHaveLength(2)
    for (const identifier of ['template', 'languages', 'user', 'reset-required', user.id]) {
      const thief = device(house)
      const { body } = await thief.send('POST', '/auth/register', { identifier, password: ada.password })
      expect(await system().account.delete({ id: body.user.id })).toEqual({ status: 'deleted' })
    }
    expect(await waiting()).toEqual(before)
    await system().account.delete({ id: user.id })
    expect(await waiting()).toEqual([])
  })
})
