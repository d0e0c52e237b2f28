import type { IUserStore, UserRecord } from '../../features/users/index.ts'
import { isAuthError } from '../../kernel/contract/errors.ts'
import { assertEqual, type ConformanceCase, casesOf, type OpenStore, racers } from './case.ts'

const at = new Date('2026-01-01T12:00:00.000Z')

const person = (id: string, email: string, more: Partial<UserRecord> = {}): UserRecord => ({
  id,
  poolId: 'default',
  identifiers: [{ kind: 'email', value: email, verifiedAt: null }],
  role: 'user',
  firstName: null,
  lastName: null,
  locale: null,
  metadata: {},
  createdAt: at,
  ...more,
})

const ada = person('0190a000-0000-7000-8000-000000000001', 'ada@example.com', { firstName: 'Ada', metadata: { plan: 'pro' } })
const byEmail = (value: string) => ({ kind: 'email' as const, value, poolId: 'default' })
const isTaken = (error: unknown): boolean => isAuthError(error, 'identifier_taken')

/**
 * What {@link IUserStore} promises, against your store.
 *
 * @example
 * ```ts
 * import { type IUserStore } from 'keywright/stores'
 * import { userStoreCases } from 'keywright/testing'
 *
 * async function verify(open: () => Promise<IUserStore>) {
 *   for (const { run } of userStoreCases(open)) await run() // or, with a runner: test(name, run)
 * }
 * ```
 */
export const userStoreCases = (open: OpenStore<IUserStore>): ConformanceCase[] =>
  casesOf(open, {
    async 'nobody is there who was not created'(store) {
      assertEqual((await store.findById(ada.id)) ?? undefined, undefined, 'findById answers null or undefined')
      assertEqual((await store.findByIdentifier(byEmail('ada@example.com'))) ?? undefined, undefined, 'so does findByIdentifier')
    },
    async 'a person is found by id and by identifier, as they were created'(store) {
      await store.create(ada)
      assertEqual(await store.findById(ada.id), ada, 'findById answers the record')
      assertEqual(await store.findByIdentifier(byEmail('ada@example.com')), ada, 'findByIdentifier answers the record')
    },
    async 'creating the same person twice is once'(store) {
      await store.create(ada)
      await store.create(ada)
      assertEqual(await store.findById(ada.id), ada, 'create is idempotent on the id')
    },
    async 'an identifier somebody has is refused with identifierTaken()'(store) {
      await store.create(ada)
      const answer = await store.create(person('0190a000-0000-7000-8000-000000000002', 'ada@example.com')).catch(isTaken)
      assertEqual(answer, true, 'create throws identifierTaken()')
    },
    async 'of 16 who register one address at once, one gets it'(store) {
      const ids = racers.map((index) => `0190a000-0000-7000-8000-0000000001${String(index).padStart(2, '0')}`)
      const answers = await Promise.all(
        ids.map((id) =>
          store.create(person(id, 'race@example.com')).then(
            () => 'created',
            (error: unknown) => (isTaken(error) ? 'taken' : 'broken'),
          ),
        ),
      )
      assertEqual(answers.toSorted(), ['created', ...Array(15).fill('taken')], 'one is created, fifteen are told it is taken')
      const found = await store.findByIdentifier(byEmail('race@example.com'))
      assertEqual(found?.id, ids[answers.indexOf('created')], 'the one who was told so is there')
    },
    async 'a change changes what it names and nothing else'(store) {
      await store.create(ada)
      await store.update(ada.id, { role: 'admin', lastName: 'Lovelace' })
      assertEqual(await store.findById(ada.id), { ...ada, role: 'admin', lastName: 'Lovelace' }, 'update merges')
    },
    async 'a new address is the only one from then on, and one somebody has is refused'(store) {
      await store.create(ada)
      await store.create(person('0190a000-0000-7000-8000-000000000004', 'grace@example.com'))
      const moved = [{ kind: 'email' as const, value: 'ada@new.example', verifiedAt: at }]
      await store.update(ada.id, { identifiers: moved })
      await store.update(ada.id, { identifiers: moved })
      assertEqual(await store.findById(ada.id), { ...ada, identifiers: moved }, 'update replaces identifiers, and nothing else')
      assertEqual(
        (await store.findByIdentifier(byEmail('ada@example.com'))) ?? undefined,
        undefined,
        'the old address is nobody’s',
      )
      const taken = [{ kind: 'email' as const, value: 'grace@example.com', verifiedAt: null }]
      const answer = await store.update(ada.id, { identifiers: taken }).catch(isTaken)
      assertEqual(answer, true, 'update throws identifierTaken()')
    },
    async 'identifiers are replaced whole'(store) {
      await store.create(ada)
      const identifiers = [{ kind: 'email' as const, value: 'ada@example.com', verifiedAt: at }]
      await store.update(ada.id, { identifiers })
      assertEqual(
        await store.findById(ada.id),
        { ...ada, identifiers },
        'update takes the identifiers, and since when each is proved',
      )
    },
    async 'a deleted person is gone, and their address is free'(store) {
      await store.create(ada)
      await store.delete(ada.id)
      await store.delete(ada.id)
      assertEqual((await store.findById(ada.id)) ?? undefined, undefined, 'delete removes, and does nothing the second time')
      await store.create(person('0190a000-0000-7000-8000-000000000003', 'ada@example.com'))
    },
    async 'a list goes through everybody once, if there is one'(store) {
      if (!store.list) return
      const ids = racers.map((index) => `0190a000-0000-7000-8000-0000000002${String(index).padStart(2, '0')}`)
      for (const id of ids) await store.create(person(id, `${id}@example.com`))
      const seen: string[] = []
      for (let after: string | undefined, more = true; more; ) {
        const { users, next } = await store.list({ poolId: 'default', limit: 5, ...(after !== undefined && { after }) })
        seen.push(...users.map(({ id }) => id))
        after = next
        more = next !== undefined
      }
      assertEqual(seen.toSorted(), ids, 'every person is on exactly one page')
    },
  })
