/**
 * The suites against stores that keep every promise, and against stores that break one: a suite that passes those proves nothing.
 *
 * @module
 */
import { expect, test } from 'vitest'
import type { IUserStore, UserRecord } from '../../features/users/index.ts'
import { gcra, type LimitStore, memoryLimitStore } from '../../kernel/http/limits.ts'
import { type IKvStore, memoryKv } from '../../storage/kv.ts'
import { identifierTaken } from '../../stores.ts'
import { virtualClock } from '../clock.ts'
import type { ConformanceCase } from './case.ts'
import { kvStoreCases } from './kv.ts'
import { limitStoreCases } from './limits.ts'
import { userStoreCases } from './users.ts'

/** Names of the promises a store breaks. */
async function brokenOf(cases: readonly ConformanceCase[]): Promise<readonly string[]> {
  const outcomes = await Promise.all(
    cases.map(({ name, run }) =>
      run().then(
        () => [],
        (error: unknown) => {
          if (!(error instanceof Error) || error.name !== 'AssertionError') throw error
          return [name]
        },
      ),
    ),
  )
  return outcomes.flat()
}

/** A turn of the event loop, in which others get in between. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

function timedKv(change: (sound: IKvStore) => Partial<IKvStore> = () => ({})) {
  const clock = virtualClock(new Date('2026-01-01T12:00:00Z'))
  const sound = memoryKv({ clock })
  return { store: { ...sound, ...change(sound) }, pass: async (ms: number) => void clock.advance(`${ms}ms`) }
}

for (const { name, run } of kvStoreCases(() => timedKv())) test(`memoryKv: ${name}`, run)
for (const { name, run } of limitStoreCases(() => memoryLimitStore())) test(`memoryLimitStore: ${name}`, run)
for (const { name, run } of userStoreCases(() => usersInMemory())) test(`users in memory: ${name}`, run)

test('memoryKv sweeps out what has run out, and never what has not', async () => {
  const clock = virtualClock(new Date('2026-01-01T12:00:00Z'))
  const store = memoryKv({ clock })
  await store.set('lasting', 'here', 3_600_000)
  for (let nr = 0; nr < 10_000; nr += 1) {
    await store.set(`short ${nr}`, 'x', 1)
    clock.advance('1ms')
  }
  expect(store.size).toBeLessThan(2_000)
  expect(await store.get('lasting')).toBe('here')
})

const brokenKv: [string, (sound: IKvStore) => Partial<IKvStore>, string][] = [
  [
    'reads and then deletes',
    (sound) => ({
      async take(key) {
        const value = await sound.get(key)
        await turn()
        await sound.delete(key)
        return value
      },
    }),
    'of 16 who take a key at once, one gets it',
  ],
  [
    'looks and then sets',
    (sound) => ({
      async setIfAbsent(key, value, ttlMs) {
        const isFree = (await sound.get(key)) === undefined
        await turn()
        if (isFree) await sound.set(key, value, ttlMs)
        return isFree
      },
    }),
    'of 16 who set an absent key at once, one does',
  ],
  [
    'reads and then counts',
    (sound) => ({
      async incr(key, ttlMs) {
        const sum = Number((await sound.get(key)) ?? 0) + 1
        await turn()
        await sound.set(key, `${sum}`, ttlMs)
        return sum
      },
    }),
    '16 who count at once get 16 numbers',
  ],
  [
    'forgets nothing',
    (sound) => ({ set: (key, value) => sound.set(key, value, 1e9), incr: (key) => sound.incr(key, 1e9) }),
    'a value runs out',
  ],
  [
    'folds the case of keys',
    (sound) => ({
      get: (key) => sound.get(key.toLowerCase()),
      set: (key, value, ttlMs) => sound.set(key.toLowerCase(), value, ttlMs),
    }),
    'keys are told apart, and any text is kept as it is',
  ],
]

test.each(brokenKv)('a key-value store that %s is found out', async (_, change, promise) => {
  expect(await brokenOf(kvStoreCases(() => timedKv(change)))).toContain(promise)
})

function limitsThat(change: (arrivals: Map<string, number>) => LimitStore['take']): LimitStore {
  return { take: change(new Map()) }
}

const brokenLimits: [string, () => LimitStore, string][] = [
  [
    'reads and then writes',
    () =>
      limitsThat((arrivals) => async (key, limit, now) => {
        const { verdict, arrival } = gcra(arrivals.get(key), limit, now.getTime())
        await turn()
        arrivals.set(key, arrival)
        return verdict
      }),
    'of 200 who take at once at a limit of 10, exactly 10 pass',
  ],
  [
    'counts refusals too',
    () =>
      limitsThat((arrivals) => async (key, limit, now) => {
        const { verdict, arrival } = gcra(arrivals.get(key), limit, now.getTime())
        arrivals.set(key, verdict.allowed ? arrival : arrival + limit.per / limit.limit)
        return verdict
      }),
    'who waits as long as was said passes, and who comes sooner does not, however often',
  ],
  [
    'believes a clock that is behind',
    () =>
      limitsThat((arrivals) => async (key, limit, now) => {
        const known = arrivals.get(key)
        const isAhead = known !== undefined && known - limit.per > now.getTime()
        const { verdict, arrival } = gcra(isAhead ? undefined : known, limit, now.getTime())
        arrivals.set(key, arrival)
        return verdict
      }),
    'a caller whose clock is behind gains nothing',
  ],
  [
    'has one count for all',
    () => limitsThat(() => (_key, limit, now) => shared.take('k', limit, now)),
    'keys do not share a limit',
  ],
]
const shared = memoryLimitStore()

test.each(brokenLimits)('a store of limits that %s is found out', async (_, open, promise) => {
  expect(await brokenOf(limitStoreCases(open))).toContain(promise)
})

function usersInMemory(change: (people: Map<string, UserRecord>) => Partial<IUserStore> = () => ({})): IUserStore {
  const people = new Map<string, UserRecord>()
  const holding = (user: UserRecord) => [...people.values()].find((one) => shares(one, user))
  return {
    findById: async (id) => people.get(id),
    findByIdentifier: async ({ kind, value, poolId }) =>
      [...people.values()].find(
        (one) => one.poolId === poolId && one.identifiers.some((has) => has.kind === kind && has.value === value),
      ),
    async create(user) {
      const holder = holding(user)
      if (holder && holder.id !== user.id) throw identifierTaken()
      people.set(user.id, user)
      return user
    },
    async update(id, patch) {
      const known = people.get(id)
      if (!known) throw new Error(`there is no ${id}`)
      const next = { ...known, ...patch }
      const holders = [...people.values()].filter((one) => one.id !== id && shares(one, next))
      if (holders.length > 0) throw identifierTaken()
      people.set(id, next)
      return next
    },
    async delete(id) {
      people.delete(id)
    },
    async list({ poolId, after = '', limit }) {
      const all = [...people.values()]
        .filter((one) => one.poolId === poolId && one.id > after)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      const users = all.slice(0, limit)
      const next = all.length > limit ? users.at(-1)?.id : undefined
      return { users, ...(next !== undefined && { next }) }
    },
    ...change(people),
  }
}

const shares = (one: UserRecord, { poolId, identifiers }: UserRecord): boolean =>
  one.poolId === poolId &&
  one.identifiers.some(({ kind, value }) => identifiers.some((wanted) => wanted.kind === kind && wanted.value === value))

const brokenUsers: [string, Parameters<typeof usersInMemory>[0], string][] = [
  [
    'looks for a taken address and then writes',
    (people) => ({
      async create(user) {
        const address = user.identifiers[0]?.value
        const holder = [...people.values()].find((one) => one.identifiers[0]?.value === address)
        await turn()
        if (holder && holder.id !== user.id) throw identifierTaken()
        people.set(user.id, user)
        return user
      },
    }),
    'of 16 who register one address at once, one gets it',
  ],
  [
    'forgets what an update does not name',
    (people) => ({
      async update(id, patch) {
        const known = people.get(id)
        if (!known) throw new Error(`there is no ${id}`)
        const next = { ...known, metadata: {}, ...patch }
        people.set(id, next)
        return next
      },
    }),
    'a change changes what it names and nothing else',
  ],
  [
    'gives somebody’s address to another in an update',
    (people) => ({
      async update(id, patch) {
        const next = { ...people.get(id), ...patch } as UserRecord
        people.set(id, next)
        return next
      },
    }),
    'a new address is the only one from then on, and one somebody has is refused',
  ],
  ['keeps who was deleted', () => ({ delete: async () => {} }), 'a deleted person is gone, and their address is free'],
  [
    'lists the first page for ever',
    (people) => ({ list: async ({ limit }) => ({ users: [...people.values()].slice(0, limit) }) }),
    'a list goes through everybody once, if there is one',
  ],
]

test.each(brokenUsers)('a store of people that %s is found out', async (_, change, promise) => {
  expect(await brokenOf(userStoreCases(() => usersInMemory(change)))).toContain(promise)
})
