import type { IPasswordStore } from '../../features/password/index.ts'
import { assertEqual, type ConformanceCase, casesOf, type OpenStore, racers } from './case.ts'

/** A store of hashes under test, with the id of a user it may keep one for. */
export interface PasswordStoreUnderTest {
  readonly store: IPasswordStore
  readonly userId: string
}

const hash = (name: string) => `$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$${name}`

/**
 * What {@link IPasswordStore} promises, against your store.
 *
 * @example
 * ```ts
 * import type { IPasswordStore } from 'keywright/stores'
 * import { passwordStoreCases } from 'keywright/testing'
 *
 * async function verify(open: () => Promise<IPasswordStore>) {
 *   const cases = passwordStoreCases(async () => ({ store: await open(), userId: 'ada' }))
 *   for (const { run } of cases) await run() // or, with a runner: test(name, run)
 * }
 * ```
 */
export const passwordStoreCases = (open: OpenStore<PasswordStoreUnderTest>): ConformanceCase[] =>
  casesOf(open, {
    async 'a user without a password has none'({ store, userId }) {
      assertEqual((await store.find(userId)) ?? null, null, 'find answers null or undefined')
    },
    async 'a hash comes back to the letter'({ store, userId }) {
      assertEqual(await store.set(userId, hash('one')), true, 'set answers whether it changed something')
      assertEqual(await store.find(userId), hash('one'), 'find answers what was set')
      assertEqual(await store.set(userId, hash('two')), true, 'without a guard it replaces')
      assertEqual(await store.find(userId), hash('two'), 'the newer one stands')
    },
    async 'a hash is replaced only when it is the one that was meant'({ store, userId }) {
      await store.set(userId, hash('one'))
      assertEqual(await store.set(userId, hash('three'), hash('two')), false, 'a wrong guard changes nothing')
      assertEqual(await store.find(userId), hash('one'), 'and the old one stands')
      assertEqual(await store.set(userId, hash('three'), hash('one')), true, 'the right guard lets through')
    },
    async 'of 16 who replace one hash at once, one does'({ store, userId }) {
      await store.set(userId, hash('start'))
      const answers = await Promise.all(racers.map((nr) => store.set(userId, hash(`${nr}`), hash('start'))))
      assertEqual(answers.filter(Boolean).length, 1, 'compare and set is one statement')
      assertEqual(await store.find(userId), hash(`${answers.indexOf(true)}`), 'the one who was told so is there')
    },
    async 'with a guard only the password that was meant is taken away'({ store, userId }) {
      await store.set(userId, hash('one'))
      assertEqual(await store.set(userId, null, hash('two')), false, 'a wrong guard takes nothing')
      assertEqual(await store.find(userId), hash('one'), 'and it is there')
      assertEqual(await store.set(userId, null, hash('one')), true, 'the right guard lets through')
      assertEqual((await store.find(userId)) ?? null, null, 'and there is none')
    },
    async 'a password can be taken away'({ store, userId }) {
      await store.set(userId, hash('one'))
      assertEqual(await store.set(userId, null), true, 'null removes')
      assertEqual((await store.find(userId)) ?? null, null, 'and there is none')
    },
  })
