import { describe, expect, onTestFinished, test } from 'vitest'
import { engines } from '../../../test/engines.ts'
import { device } from '../../../test/flows/browser.ts'
import { houseOn } from '../../../test/flows/house.ts'
import { clientSessions, queryBuilderSessions } from '../../../test/stores/device-sessions.ts'
import type { AdminApi } from '../../app/contracts.ts'
import { sqlite } from '../../sqlite.ts'

type Query = NonNullable<Parameters<AdminApi['sessions']['list']>[0]>

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const grace = { email: 'grace@example.com', password: 'another long sentence' }

/** The addresses of all sessions a query is about, read in pages of two. */
async function addressesOf({ sessions }: AdminApi, query: Query): Promise<(string | null)[]> {
  const found: (string | null)[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await sessions.list({ ...query, limit: 2, cursor })
    found.push(...page.sessions.map(({ ipAddress }) => ipAddress))
    cursor = page.nextCursor
  }
  return found
}

describe.each(engines)('the list of sessions on $name', ({ open }) => {
  test('has everybody’s in every order page by page, and ends all of one user with a line in the audit log', async () => {
    const engine = await open()
    const house = houseOn(engine.storage)
    onTestFinished(async () => {
      await house.auth.close()
      await engine.cleanup()
    })
    const system = house.auth.asSystem('support')
    const [one, two, three, ten] = ['192.0.2.1', '192.0.2.2', '198.51.100.3', '192.0.2.10']
    const first = device(house, one)
    const { id } = (await first.send('POST', '/auth/register', ada)).body.user
    house.advance(60_000)
    await device(house, two).send('POST', '/auth/register', grace)
    house.advance(60_000)
    await device(house, three).send('POST', '/auth/login', grace)
    house.advance(60_000)
    await device(house, ten).send('POST', '/auth/login', ada)
    house.advance(600_000)
    await first.send('POST', '/auth/refresh', {})

    expect(await addressesOf(system, {})).toEqual([ten, three, two, one])
    expect(await addressesOf(system, { sort: 'createdAt' })).toEqual([one, two, three, ten])
    expect(await addressesOf(system, { sort: '-lastActiveAt' })).toEqual([one, ten, three, two])
    expect(await addressesOf(system, { userId: id })).toEqual([ten, one])
    expect(await addressesOf(system, { ip: '192.0.2.' })).toEqual([one, ten, two])
    expect((await system.sessions.list({ ip: '198.51.100.3' })).total).toEqual({ count: 1, exact: true })
    expect((await system.sessions.list()).total).toEqual({ count: 4, exact: true })

    expect(await system.sessions.revokeAll({ id })).toEqual({ revoked: 2 })
    expect((await first.send('GET', '/auth/me')).status).toBe(401)
    expect(await addressesOf(system, {})).toEqual([three, two])
    const { entries } = await system.audit.list({ action: 'identity.session.all-revoked' })
    expect(entries).toMatchObject([{ actor: { kind: 'system', id: 'support' }, target: id, data: { sessions: 2 } }])
    await expect(system.sessions.revokeAll({ id: 'nobody' })).rejects.toMatchObject({ code: 'not_found' })
    house.advance(15 * 24 * 3_600_000)
    expect((await system.sessions.list()).sessions).toEqual([])
  })
})

test('of sessions in a store of the application those that live are listed, and what it cannot answer is refused', async () => {
  const open = (sessions: ReturnType<typeof queryBuilderSessions>) => {
    const house = houseOn(sqlite(':memory:'), { stores: { sessions } })
    onTestFinished(() => house.auth.close())
    return { house, system: house.auth.asSystem('test') }
  }
  const sound = queryBuilderSessions()
  const { house, system } = open({ ...sound, revokeSession: () => Promise.reject(new Error('their database is down')) })
  const { id } = (await device(house, '192.0.2.1').send('POST', '/auth/register', ada)).body.user
  for (const nr of [2, 3, 4]) await device(house, `192.0.2.${nr}`).send('POST', '/auth/login', ada)
  const [ended] = (await sound.getSessionsForUser(id)).filter(({ ipAddress }) => ipAddress === '192.0.2.2')
  await system.sessions.revoke({ sessionHandle: ended?.sessionHandle ?? '' })
  const living = ['192.0.2.1', '192.0.2.3', '192.0.2.4']

  expect((await addressesOf(system, {})).toSorted()).toEqual(living)
  expect((await addressesOf(system, { userId: id })).toSorted()).toEqual(living)
  const refused = { code: 'list_not_possible' }
  await expect(system.sessions.list({ ip: '192' })).rejects.toMatchObject(refused)
  const unlisting = open(clientSessions())
  for (const nr of [1, 2, 3])
    await device(unlisting.house, `192.0.2.${nr}`).send('POST', nr === 1 ? '/auth/register' : '/auth/login', ada)
  const { sessions: first, nextCursor } = await unlisting.system.sessions.list({ limit: 2 })
  const { sessions: rest } = await unlisting.system.sessions.list({ limit: 2, cursor: nextCursor ?? '' })
  expect([...first, ...rest].map(({ ipAddress }) => ipAddress).toSorted()).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
  await expect(unlisting.system.sessions.list({ sort: 'createdAt' })).rejects.toMatchObject(refused)
})
