import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { engines, type OpenedEngine } from '../../../test/engines.ts'
import { houseOn } from '../../../test/flows/house.ts'
import { clientUsers } from '../../../test/stores/client-users.ts'
import { queryBuilderUsers } from '../../../test/stores/query-builder-users.ts'
import type { AdminApi } from '../../app/contracts.ts'
import { sqlite } from '../../sqlite.ts'

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
    expect(await password.state({ id })).toMatchObject({ isSet: false, changedAt: null })
    await password.reset({ id })
    await users.update({ id, firstName: 'Augusta', lastName: null })
    await users.setMetadata({ id, metadata: { plan: 'pro' } })
    await users.setRole({ id, role: 'support' })
    await users.disable({ id, reason: 'chargeback' })

    expect(await users.metadata({ id })).toEqual({ metadata: { plan: 'pro' } })
    expect(await password.state({ id })).toMatchObject({
      isSet: true,
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
