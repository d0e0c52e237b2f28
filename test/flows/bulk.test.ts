import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Ctx } from '../../src/kernel/ctx.ts'
import { engines, type OpenedEngine } from '../engines.ts'
import { device } from './browser.ts'
import { houseOn } from './house.ts'

describe.each(engines.filter(({ name }) => name !== 'sqlite-memory'))('acts on many users, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  const system = () => house.auth.asSystem('support')

  beforeEach(async () => {
    engine = await open()
    house = houseOn(engine.storage, { infra: { runJobs: false } }, { jobsAtOnce: true })
    await house.auth.ready()
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const create = async (count: number, of: { role?: string; from?: number } = {}) => {
    const ids = []
    for (let i = 0; i < count; i += 1) {
      const { id } = await system().users.create({
        identifier: `user-${i + (of.from ?? 0)}@example.com`,
        role: of.role ?? 'user',
      })
      ids.push(id)
    }
    return ids
  }
  /** Calls the operators' endpoints as a person. */
  const asPerson = (id: string): Ctx => ({ ...house.systemCtx('panel'), actor: { kind: 'user', id } })
  const outcomes = async (id: string) =>
    Object.fromEntries(
      (await system().bulk.rows({ id, limit: 100 })).rows.map(({ userId, outcome, code }) => [userId, code ?? outcome]),
    )

  test('a dry run says who would be hit and changes nothing; the act hits everybody else than operators and whoever asked', async () => {
    const people = await create(60)
    const [boss = '', helper = ''] = await create(2, { role: 'admin', from: 100 })
    const actor = asPerson(boss)
    const service = house.service('bulk')
    const selector = { filter: {} }

    const dry = await service.start(actor, { action: 'disable', selector, reason: 'spring cleaning', dryRun: true })
    await house.background.settled()
    expect(await system().bulk.get({ id: dry.id })).toMatchObject({
      state: 'done',
      counts: { selected: 60, done: 0, skipped: 2, failed: 0 },
    })
    expect((await system().users.list({ limit: 100 })).users.filter(({ disabledAt }) => disabledAt !== null)).toEqual([])

    const run = await service.start(actor, { action: 'disable', selector, reason: 'spring cleaning', dryRun: false })
    await house.background.settled()
    expect(await system().bulk.get({ id: run.id })).toMatchObject({ state: 'done', counts: { done: 60, skipped: 2, failed: 0 } })
    const disabled = (await system().users.list({ limit: 100 })).users.filter(({ disabledAt }) => disabledAt !== null)
    expect(new Set(disabled.map(({ id }) => id))).toEqual(new Set(people)) // those of one millisecond stand in any order
    expect(await outcomes(run.id)).toMatchObject({
      [boss]: 'own_account',
      [helper]: 'operator_account',
      [people[7] ?? '']: 'done',
    })
    const [entry] = (await system().audit.list({ action: 'identity.user.disabled' })).entries
    expect(entry).toMatchObject({ actor: { kind: 'user', id: boss }, data: { reason: 'spring cleaning' } })
    const again = await service.start(actor, {
      action: 'enable',
      selector: { filter: { status: 'disabled', role: 'user' } },
      reason: 'too many',
      dryRun: false,
    })
    await house.background.settled()
    expect(await system().bulk.get({ id: again.id })).toMatchObject({ state: 'done', counts: { done: 60, skipped: 0 } })
    await expect(system().bulk.cancel({ id: run.id })).rejects.toMatchObject({ code: 'bulk_run_over' })
  })

  test('whom a wish means has to be said: blanks are nobody, and what is wrong with a selector is told by its field', async () => {
    const ids = await create(1)
    const refused = async (selector: object) => {
      const wish = { action: 'disable' as const, selector: selector as { ids: string[] }, reason: 'spring cleaning' }
      const answer = await system().bulk.start(wish).result()
      return answer.ok ? [] : answer.error.issues?.map(({ pointer, code }) => `${pointer} ${code}`)
    }
    expect(await refused({ filter: { q: '  ' } })).toEqual(['/selector/filter/q required'])
    expect(await refused({ filter: { filter: '\u3000' } })).toEqual(['/selector/filter/filter required'])
    expect(await refused({ filter: { verified: true } })).toEqual(['/selector/filter/verified unknown_value'])
    expect(await refused({ ids: Array.from({ length: 1001 }, () => ids[0]) })).toEqual(['/selector/ids too_many'])
    await expect(system().bulk.export({ q: ' ' })).rejects.toMatchObject({ issues: [{ pointer: '/q', code: 'required' }] })
    await house.background.settled()
    expect((await system().users.list({ status: 'disabled' })).users).toEqual([])
  })

  test('an instant is asked for in any zone', async () => {
    const [id = ''] = await create(1)
    const { createdAt } = await system().users.get({ id })
    const inZone = (ms: number) => new Date(Date.parse(createdAt) + 7_200_000 + ms).toISOString().replace('Z', '+02:00')
    const found = async (from: number) => (await system().users.list({ createdFrom: inZone(from) })).users.length
    expect([await found(0), await found(1)]).toEqual([1, 0])
    const until = async (to: number) => (await system().users.list({ createdTo: inZone(to) })).users.length
    expect([await until(0), await until(1)]).toEqual([0, 1])
    const noted = await system()
      .audit.list({ from: inZone(0), since: inZone(0) })
      .result()
    expect(noted.ok).toBe(true)
  })

  test('a run whose process dies goes on where it was, and hits nobody twice', async () => {
    const people = await create(4)
    const selector = { ids: [...people, people[0] ?? '', 'nobody'] }
    const { id } = await system().bulk.start({ action: 'revokeSessions', selector, reason: 'stolen laptop' })
    await house.background.settled()
    // As a process leaves it that dies after two of them: their rows are there, the counts with them, and the job is taken up anew.
    const rows = house.database.everything<Record<string, Record<string, unknown>>>()
    await rows.deleteFrom('bulk_row').where('user_id', 'in', [people[2], people[3], 'nobody']).execute()
    await rows.updateTable('bulk_run').set({ state: 'running', done: 2, failed: 0, place: null }).execute()
    const before = (await system().audit.list({ limit: 100 })).entries.length

    expect(await system().bulk.resume({ id })).toMatchObject({ state: 'queued', counts: { done: 2 } })
    await house.background.settled()
    expect(await system().bulk.get({ id })).toMatchObject({ state: 'done', total: 5, counts: { done: 4, failed: 1 } })
    expect(await outcomes(id)).toMatchObject({ [people[0] ?? '']: 'done', nobody: 'not_found' })
    expect((await system().audit.list({ limit: 100 })).entries.length).toBe(before + 2) // resumed, finished: no sessions were there to end
  })

  test('whoever is deleted by an act on many is gone once, also when nobody came back to say so', async () => {
    const [ada = '', bob = '', eve = ''] = await create(3)
    const { id } = await system().bulk.start({ action: 'delete', selector: { ids: [ada, bob] }, reason: 'asked by letter' })
    await system().bulk.cancel({ id })
    await house.background.settled()
    const rows = house.database.everything<Record<string, Record<string, unknown>>>()
    const begun = { tenant_id: 'default', run_id: id, outcome: 'begun', code: null, at: house.ambient.clock.now() }
    await rows.deleteFrom('bulk_row').execute()
    await rows.updateTable('bulk_run').set({ done: 0 }).execute()
    await rows
      .insertInto('bulk_row')
      .values({ ...begun, user_id: ada })
      .execute()
    await system().account.delete({ id: ada }).result() // by the attempt that died
    await system().bulk.resume({ id })
    await house.background.settled()
    expect(await outcomes(id)).toEqual({ [ada]: 'done', [bob]: 'done' })
    expect((await system().users.list()).users.map((user) => user.id)).toEqual([eve])
    expect((await system().audit.list({ action: 'identity.user.deleted' })).entries).toHaveLength(2)
  })

  test('AD-04: no cell of an export is a formula, nothing in it is secret, and the audit log knows before it leaves', async () => {
    await device(house).send('POST', '/auth/register', { email: 'ada@example.com', password: 'correct horse battery' })
    const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '"=1"', 'ok']
    for (const [i, lastName] of formulas.entries()) {
      const user = await system().users.create({
        identifier: `${i}@example.com`,
        firstName: '=HYPERLINK("x")',
        lastName: lastName.trim(),
      })
      expect(user.lastName).toBe(lastName.trim())
    }
    const { body, type, name } = await system().bulk.export({ format: 'csv' })
    expect([type, name]).toEqual(['text/csv; charset=utf-8', 'users-2026-01-01.csv'])
    expect((await system().audit.list({ action: 'identity.export.started' })).entries).toHaveLength(1)
    const text = await new Response(body).text()
    const lines = text.trim().split('\n')
    expect(lines).toHaveLength(formulas.length + 2)
    expect(lines.slice(1).join('\n')).not.toMatch(/(?:^|,)"?[=+\-@\t\r]/m)
    expect(text).toContain(`"'=HYPERLINK(""x"")",'@SUM(A1)`)
    expect(text).not.toMatch(/argon2|hash|token/i)
    const [ended] = (await system().audit.list({ action: 'identity.export.ended' })).entries
    expect(ended?.data).toMatchObject({ users: formulas.length + 1, complete: true })

    const json = await new Response((await system().bulk.export({ format: 'ndjson' })).body).text()
    expect(JSON.parse(json.split('\n')[1] ?? '')).toMatchObject({ firstName: '=HYPERLINK("x")', emailVerified: false })
    const found = await new Response((await system().bulk.export({ format: 'ndjson', q: 'ada@' })).body).text()
    expect(found.trim().split('\n')).toHaveLength(1)
    await (await system().bulk.export({ format: 'csv' })).body.cancel()
    const { entries } = await system().audit.list({ action: 'identity.export.ended' })
    expect([entries.length, entries[0]?.data]).toMatchObject([4, { complete: false }])
  })
})
