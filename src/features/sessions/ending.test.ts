import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines } from '../../../test/engines.ts'
import { type Device, device } from '../../../test/flows/browser.ts'
import { houseOn } from '../../../test/flows/house.ts'
import { chunked } from '../../storage/ops.ts'
import type { SessionTables } from './store.sql.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
/** More than any engine binds in one statement over their events. */
const thousands = 5_000
const many = 1_200

describe.each(engines)('a user with thousands of sessions on $name', ({ open }) => {
  let house: ReturnType<typeof houseOn>
  let laptop: Device
  let userId: string
  let cleanup: () => Promise<void>

  beforeEach(async () => {
    const engine = await open()
    house = houseOn(engine.storage)
    cleanup = engine.cleanup
    laptop = device(house)
    userId = (await laptop.send('POST', '/auth/register', ada)).body.user.id
    await house.background.settled()
  })
  afterEach(async () => {
    await house.auth.close()
    await cleanup()
  })

  const ctx = () => house.systemCtx('test')
  const tables = () => house.database.tables<SessionTables>(ctx())

  /** Copies the one session there is until there are `count`; copies are older. */
  async function multiply(count: number): Promise<void> {
    const session = await tables().selectFrom('session').selectAll().executeTakeFirstOrThrow()
    const state = await tables().selectFrom('session_state').selectAll().executeTakeFirstOrThrow()
    const handles = Array.from({ length: count - 1 }, (_, index) => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`)
    await house.database.transaction(ctx(), async (tx) => {
      const db = house.database.tables<SessionTables>(tx)
      for (const some of chunked(handles)) {
        await db
          .insertInto('session')
          .values(some.map((session_handle) => ({ ...session, session_handle })))
          .execute()
        await db
          .insertInto('session_state')
          .values(some.map((session_handle) => ({ ...state, session_handle })))
          .execute()
      }
    })
  }

  const living = async () => (await house.auth.asSystem('test').sessions.list({ userId })).total?.count
  async function recordsLeft(): Promise<number> {
    return (await tables().selectFrom('session').select('session_handle').execute()).length
  }
  /** Events of ended sessions in the outbox, and how many of them were handed on. */
  async function ended() {
    await house.service('events').dispatch()
    const rows = await house.database
      .everything<{ outbox: { event: string; data: { by?: string }; dispatched_at: Date | null } }>()
      .selectFrom('outbox')
      .select(['data', 'dispatched_at'])
      .where('event', '=', 'identity.session.revoked')
      .execute()
    const dispatched = rows.filter(({ dispatched_at }) => dispatched_at !== null).length
    return { by: [...new Set(rows.map(({ data }) => data.by))], count: rows.length, dispatched }
  }

  test('is disabled in one go, and each session has its event and its audit row', async () => {
    await multiply(thousands)
    expect(await living()).toBe(thousands)
    await house.auth.asSystem('fraud desk').users.disable({ id: userId, reason: 'chargeback' })

    expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
    expect([await living(), await recordsLeft()]).toEqual([0, 0])
    expect(await ended()).toEqual({ by: ['user_disabled'], count: thousands, dispatched: thousands })
    const audited = await house.database
      .everything<{ audit_entry: { id: string; action: string } }>()
      .selectFrom('audit_entry')
      .select(({ fn }) => fn.countAll<number>().as('rows'))
      .where('action', '=', 'identity.session.revoked')
      .executeTakeFirstOrThrow()
    expect(audited.rows).toBe(thousands)
  })

  test('logs out everywhere, which is one change of the user', async () => {
    await multiply(many)
    const changes = () => house.database.everything<{ change: { kind: string; id: string } }>().selectFrom('change')
    expect((await laptop.send('POST', '/auth/logout-all', {})).status).toBe(204)

    expect([await living(), await recordsLeft()]).toEqual([0, 0])
    expect(await changes().select(['kind', 'id']).execute()).toEqual([{ kind: 'user', id: userId }])
  })

  test('logs all other devices out and keeps this one, also in the memory of this process', async () => {
    await multiply(many)
    const copy = `00000000-0000-7000-8000-${'0'.repeat(12)}`
    expect((await laptop.send('DELETE', '/auth/sessions')).body.revoked).toBe(many - 1)

    expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
    expect([await living(), await recordsLeft()]).toEqual([1, 1])
    const state = await tables().selectFrom('session_state').selectAll().where('session_handle', '=', copy).executeTakeFirst()
    expect(state?.revoked_at).toEqual(house.systemCtx('test').at)
  })

  test('keeps the newest 100 from the next login on', async () => {
    await multiply(many)
    house.advance(1000)
    expect((await device(house).send('POST', '/auth/login', ada)).status).toBe(200)

    expect([await living(), await recordsLeft()]).toEqual([100, 100])
    expect(await ended()).toEqual({ by: ['limit'], count: many - 99, dispatched: many - 99 })
    expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
  })
})

describe.each(engines)('the limit of sessions on $name', ({ open }) => {
  test('a login beyond it ends the oldest, at once and with a reason; other users are left alone', async () => {
    const engine = await open()
    const house = houseOn(engine.storage, { sessions: { perUser: 2 } })
    const ended: unknown[] = []
    house.auth.on('identity.session.revoked', ({ data }) => void ended.push(data))
    const [bob, first, second, third] = [device(house), device(house), device(house), device(house)]
    await bob.send('POST', '/auth/register', { ...ada, email: 'bob@example.com' })
    await first.send('POST', '/auth/register', ada)
    for (const next of [second, third]) {
      house.advance(1000)
      await next.send('POST', '/auth/login', ada)
    }
    const answers = await Promise.all([bob, first, second, third].map((one) => one.send('GET', '/auth/me')))
    await house.background.settled()

    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 200])
    expect(ended).toEqual([{ by: 'limit' }])
    await house.auth.close()
    await engine.cleanup()
  })
})

test.each(engines)(
  'what an operator ends is said to be ended by an operator, what a user ends by the user, on $name',
  async ({ open }) => {
    const engine = await open()
    const house = houseOn(engine.storage, { admin: true })
    const ended: unknown[] = []
    house.auth.on('identity.session.revoked', ({ data }) => void ended.push(data))
    const password = ada.password
    const [phone, laptop, browser] = [device(house), device(house), device(house, '198.51.100.9')]
    const { id } = (await phone.send('POST', '/auth/register', ada)).body.user
    await laptop.send('POST', '/auth/login', ada)
    await phone.send('DELETE', '/auth/sessions')
    const { user } = (await device(house).send('POST', '/auth/register', { email: 'op@example.com', password })).body
    await house.auth.asSystem('test').users.setRole({ id: user.id, role: 'admin' })
    await house.background.settled()
    await browser.send('POST', '/admin/api/login', { identifier: 'op@example.com', password })
    const csrf = { 'x-csrf-token': (await browser.send('GET', '/admin/api/ping')).body.csrfToken }
    const [session] = (await house.auth.asSystem('test').sessions.list({ userId: id })).sessions
    ended.splice(1) // what the new role ended
    expect((await browser.send('DELETE', `/admin/api/sessions/${session?.sessionHandle}`, undefined, csrf)).status).toBe(204)
    await phone.send('POST', '/auth/login', ada)
    expect((await browser.send('DELETE', `/admin/api/users/${id}/sessions`, undefined, csrf)).status).toBe(200)
    await house.background.settled()
    expect(ended).toEqual([{ by: 'user' }, { by: 'operator' }, { by: 'operator' }])
    await house.auth.close()
    await engine.cleanup()
  },
)
