import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../../test/engines.ts'
import { houseOn } from '../../../test/flows/house.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { userStore } from './store.sql.ts'
import type { UserRecord } from './store.ts'

describe.each(engines)('people, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  let ctx: Ctx

  beforeEach(async () => {
    engine = await open()
    house = houseOn(engine.storage)
    await house.auth.ready()
    ctx = house.systemCtx('test')
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const person = (id: string, ...values: string[]): UserRecord => ({
    id,
    poolId: 'default',
    identifiers: values.map((value) => ({ kind: 'email', value, verifiedAt: null })),
    role: 'user',
    firstName: id,
    lastName: null,
    locale: null,
    metadata: {},
    createdAt: ctx.at,
  })
  /** A ctx of its own for each caller: one ctx has one transaction at a time. */
  const create = (user: UserRecord) => {
    const store = userStore(house.database)
    return house.database.transaction({ ...ctx }, (tx) => store(tx).create(user))
  }

  test('creating the same person again changes nothing and refuses nothing', async () => {
    const ada = person('ada', 'ada@example.com', 'countess@example.com')
    await create(ada)
    await create({ ...ada, firstName: 'somebody else' })
    expect(await userStore(house.database)(ctx).findById('ada')).toMatchObject({
      firstName: 'ada',
      identifiers: [{ value: 'ada@example.com' }, { value: 'countess@example.com' }],
    })
  })

  test('an identifier of another person is refused, and nothing is left of who wanted it', async () => {
    await create(person('ada', 'ada@example.com'))
    await expect(create(person('eve', 'eve@example.com', 'ada@example.com'))).rejects.toMatchObject({ code: 'identifier_taken' })
    expect(await userStore(house.database)(ctx).findById('eve')).toBeUndefined()
    expect(await userStore(house.database)(ctx).findByIdentifier({ kind: 'email', value: 'eve@example.com' })).toBeUndefined()
  })

  test('CC-01: of sixteen who race for one identifier one gets it', async () => {
    const racers = Array.from({ length: 16 }, (_, i) => create(person(`racer-${i}`, 'ada@example.com')))
    const codes = (await Promise.allSettled(racers)).map((done) => (done.status === 'fulfilled' ? 'created' : done.reason.code))
    expect(codes.sort()).toEqual(['created', ...Array(15).fill('identifier_taken')])
    expect((await userStore(house.database)(ctx).list({ limit: 20, cursor: undefined })).users).toHaveLength(1)
  })
})
