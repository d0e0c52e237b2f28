import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { engines, type OpenedEngine } from '../../../test/engines.ts'
import { houseOn } from '../../../test/flows/house.ts'
import { clientUsers } from '../../../test/stores/client-users.ts'
import { queryBuilderUsers } from '../../../test/stores/query-builder-users.ts'
import type { AdminApi } from '../../app/contracts.ts'
import { sqlite } from '../../sqlite.ts'
import { chunked } from '../../storage/ops.ts'
import type { UserTables } from './store.sql.ts'

type Users = AdminApi['users']
type Query = NonNullable<Parameters<Users['list']>[0]>

/** Everybody a query is about, read in pages of two. */
async function namesOf(users: Users, query: Query): Promise<(string | null)[]> {
  const names: (string | null)[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await users.list({ ...query, limit: 2, cursor })
    if (cursor !== undefined) expect(page.users).not.toEqual([])
    names.push(...page.users.map(({ email, username }) => email ?? username))
    cursor = page.nextCursor
  }
  expect((await users.list(query)).total).toEqual({ count: names.length, exact: true })
  return names
}

describe.each(engines)('the list of users on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  let users: Users
  beforeEach(async () => {
    engine = await open()
    house = houseOn(engine.storage, { users: { identifiers: ['email', 'username'] } })
    users = house.auth.asSystem('test').users
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  async function create(identifier: string, rest: { firstName?: string; lastName?: string; role?: string } = {}) {
    house.advance(1000)
    return users.create({ identifier, ...rest })
  }

  test('has every order and filter page by page, and says how many there are', async () => {
    const zoe = await create('zoe@example.com', { role: 'auditor' })
    await create('Ada@example.com')
    const cyd = await create('cyd')
    await create('ben@example.com')
    await users.disable({ id: zoe.id, reason: 'left' })
    await house
      .service('users')
      .replaceEmail(house.systemCtx('test'), cyd.id, { email: 'cyd@example.com', verifiedAt: new Date(0) })
    const [ada, ben] = ['ada@example.com', 'ben@example.com']

    expect(await namesOf(users, {})).toEqual([zoe.email, ada, 'cyd@example.com', ben])
    expect(await namesOf(users, { sort: '-createdAt' })).toEqual([ben, 'cyd@example.com', ada, zoe.email])
    expect(await namesOf(users, { sort: 'identifier' })).toEqual([ada, ben, 'cyd@example.com', zoe.email])
    expect(await namesOf(users, { sort: '-identifier', createdTo: cyd.createdAt })).toEqual([zoe.email, ada])
    expect(await namesOf(users, { createdFrom: cyd.createdAt })).toEqual(['cyd@example.com', ben])
    expect(await namesOf(users, { role: 'auditor' })).toEqual([zoe.email])
    expect(await namesOf(users, { status: 'disabled' })).toEqual([zoe.email])
    expect(await namesOf(users, { status: 'active', verified: 'false' })).toEqual([ada, ben])
    expect(await namesOf(users, { verified: 'true' })).toEqual(['cyd@example.com'])
    await users.enable({ id: zoe.id })
    expect(await namesOf(users, { status: 'disabled' })).toEqual([])
    expect((await users.list({ cursor: 'bm9uZQ', q: 'a' }).result()).ok).toBe(false)
  })

  test('finds people by the beginning of what they are called, each once, and takes nothing for a pattern', async () => {
    const ada = await create('ada@example.com', { firstName: 'Ada', lastName: 'Lovelace' })
    await create('adam', { firstName: 'Adam' })
    await create('hopper', { firstName: 'Grace', lastName: 'Adams' })
    await create('a_a')
    const found = (q: string) => namesOf(users, { q })

    expect(await found('ADA')).toEqual(['ada@example.com', 'adam', 'hopper'])
    expect(await found('ada@')).toEqual(['ada@example.com'])
    expect(await found('lovelace a')).toEqual(['ada@example.com'])
    expect(await found(' Ada  Love')).toEqual(['ada@example.com'])
    expect(await found(ada.id)).toEqual(['ada@example.com'])
    expect(await found(ada.id.slice(0, 24))).toEqual(['ada@example.com'])
    expect(await found('a_')).toEqual(['a_a'])
    expect(await found('%')).toEqual([])
    expect(await namesOf(users, { q: 'ad', status: 'disabled' })).toEqual([])
    await users.update({ id: ada.id, lastName: 'King' })
    expect(await found('lovelace')).toEqual([])
    expect(await namesOf(users, { filter: 'ada king' })).toEqual(['ada@example.com'])
  })

  test('counts whom a search finds to 10,000, and says that there are more', async () => {
    const { id } = await create('ada@example.com', { firstName: 'Crowd-1', lastName: 'Crowd-1' }) // found from either end, and counted once
    await house.database.transaction(house.systemCtx('test'), async (tx) => {
      const people = house.database.tables<UserTables>(tx)
      const ada = await people.selectFrom('user_profile').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
      const known = await people.selectFrom('user_identifier').selectAll().where('user_id', '=', id).executeTakeFirstOrThrow()
      const crowd = Array.from({ length: 10_001 }, (_, nr) => `crowd-${nr}`)
      for (const some of chunked(crowd)) {
        const unnamed = some.map((name) => ({ ...ada, id: name, identifier: name, name: '', name_reversed: '' }))
        await people.insertInto('user_profile').values(unnamed).execute()
        const names = some.map((value) => ({ ...known, user_id: value, value }))
        await people.insertInto('user_identifier').values(names).execute()
      }
    })
    const total = async (q: string) => (await users.list({ q, limit: 1 })).total

    expect(await total('crowd')).toEqual({ count: 10_000, exact: false })
    expect(await total('crowd-1')).toEqual({ count: 1 + 1 + 10 + 100 + 1000 + 1, exact: true })
    expect(await total('crowd-1 ')).toEqual(await total('crowd-1'))
  })
})

test('the rows of a page ask once what their users are called; who is nobody is left out, and more than a page is refused', async () => {
  const house = houseOn(sqlite(':memory:'))
  onTestFinished(() => house.auth.close())
  const { users } = house.auth.asSystem('test')
  const ada = await users.create({ identifier: 'ada@example.com', firstName: 'Ada', metadata: { plan: 'pro' } })
  const ben = await users.create({ identifier: 'ben@example.com' })
  const asked = await users.names({ ids: [ada.id, 'nobody', ben.id, ada.id].join(',') })
  expect(asked.users.map(({ id }) => id).sort()).toEqual([ada.id, ben.id].sort())
  expect(asked.users.find(({ id }) => id === ada.id)).toEqual({
    id: ada.id,
    email: 'ada@example.com',
    username: null,
    phone: null,
    firstName: 'Ada',
    lastName: null,
  })
  const tooMany = Array.from({ length: 101 }, (_, at) => `u${at}`).join(',')
  await expect(users.names({ ids: tooMany })).rejects.toMatchObject({ code: 'validation_failed' })
})

describe('a user as operators see them', () => {
  function open(options: Parameters<typeof houseOn>[1] = {}) {
    const house = houseOn(sqlite(':memory:'), options)
    onTestFinished(() => house.auth.close())
    return { house, ...house.auth.asSystem('test') }
  }

  test('has all names, why they are out, and whether they have a password; what is changed is in the audit log', async () => {
    const { users, password, audit } = open()
    const { id } = await users.create({ identifier: 'ada@example.com', firstName: 'Ada', metadata: { plan: 'free' } })
    expect(await password.state({ id })).toMatchObject({ isSet: false, format: null, changedAt: null })
    await password.reset({ id })
    await users.update({ id, firstName: 'Augusta', lastName: null })
    await users.setMetadata({ id, metadata: { plan: 'pro' } })
    await users.setRole({ id, role: 'support' })
    await users.disable({ id, reason: 'chargeback' })

    expect(await users.metadata({ id })).toEqual({ metadata: { plan: 'pro' } })
    expect(await password.state({ id })).toMatchObject({
      isSet: true,
      format: 'argon2',
      changeRequiredAt: expect.any(String),
      resetRequiredAt: null,
    })
    expect(await users.get({ id })).toMatchObject({
      firstName: 'Augusta',
      role: 'support',
      disabledReason: 'chargeback',
      identifiers: [{ kind: 'email', value: 'ada@example.com', verifiedAt: null }],
    })
    const { entries } = await audit.list({ action: 'identity.user.updated', target: id, actor: 'test' })
    expect(entries.map(({ before, after }) => [before, after])).toEqual([
      [{ role: 'user' }, { role: 'support' }],
      [{ metadata: { plan: 'free' } }, { metadata: { plan: 'pro' } }],
      [
        { firstName: 'Ada', lastName: null },
        { firstName: 'Augusta', lastName: null },
      ],
    ])
    for (const call of [
      users.get({ id: 'nobody' }),
      password.state({ id: 'nobody' }),
      users.setRole({ id: 'nobody', role: 'user' }),
    ])
      await expect(call).rejects.toMatchObject({ code: 'not_found' })
  })

  test('an operator who may create users creates no operator by it', async () => {
    const { house } = open()
    await house.auth.ready()
    const [users, ctx] = [house.service('users'), house.systemCtx('test')]
    const operator = { ...ctx, actor: { kind: 'user' as const, id: 'olga' } }
    for (const role of ['owner', 'admin', 'support', 'auditor'])
      expect(() => users.createByOperator(operator, { identifier: users.read(`${role}@example.com`), role })).toThrow('operator')
    expect((await users.createByOperator(operator, { identifier: users.read('ada@example.com') })).role).toBe('user')
  })

  test('a store of the application is asked for what it can do, and what it cannot is refused', async () => {
    const asked: unknown[] = []
    const own = queryBuilderUsers()
    const { users } = open({
      stores: {
        users: {
          ...own,
          async list(page) {
            asked.push(page)
            return (await own.list?.(page)) ?? { users: [] }
          },
        },
      },
    })
    await users.create({ identifier: 'ada@example.com' })
    const { users: found, total } = await users.list({ q: 'ada' })
    expect([found.map(({ email }) => email), total]).toEqual([['ada@example.com'], undefined])
    expect(asked).toEqual([{ poolId: 'default', limit: 20, search: 'ada' }])
    const refused = { code: 'list_not_possible', status: 501 }
    await expect(users.list({ role: 'user' })).rejects.toMatchObject(refused)
    await expect(users.list({ sort: 'identifier' })).rejects.toMatchObject(refused)
    await expect(open({ stores: { users: clientUsers() } }).users.list()).rejects.toMatchObject(refused)
  })
})
