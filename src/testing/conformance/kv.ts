import type { IKvStore } from '../../storage/kv.ts'
import { assertEqual, type ConformanceCase, casesOf, type OpenStore, racers } from './case.ts'

const minute = 60_000

/** A key-value store under test; `pass` moves its time forward, by a virtual clock or by waiting. */
export interface TimedKv {
  readonly store: IKvStore
  pass(ms: number): Promise<void>
}

/** What {@link IKvStore} promises, against your store. */
export const kvStoreCases = (open: OpenStore<TimedKv>): ConformanceCase[] =>
  casesOf(open, {
    async 'a value is there until it is deleted'({ store }) {
      assertEqual(await store.get('k'), undefined, 'get answers undefined for no such key')
      await store.set('k', 'one', minute)
      await store.set('k', 'two', minute)
      assertEqual(await store.get('k'), 'two', 'set replaces')
      await store.delete('k')
      await store.delete('k')
      assertEqual(await store.get('k'), undefined, 'delete removes')
    },
    async 'a value runs out'({ store, pass }) {
      await store.set('k', 'one', 50)
      await pass(60)
      assertEqual([await store.get('k'), await store.take('k')], [undefined, undefined], 'what has expired is not there')
      assertEqual(await store.setIfAbsent('k', 'two', minute), true, 'and its key is free')
    },
    async 'of 16 who set an absent key at once, one does'({ store }) {
      const answers = await Promise.all(racers.map((index) => store.setIfAbsent('k', `${index}`, minute)))
      assertEqual(answers.filter(Boolean).length, 1, 'setIfAbsent is atomic')
      assertEqual(await store.get('k'), `${answers.indexOf(true)}`, 'the value is that of the one who was told so')
    },
    async 'of 16 who take a key at once, one gets it'({ store }) {
      await store.set('k', 'secret', minute)
      const taken = await Promise.all(racers.map(() => store.take('k')))
      assertEqual(taken.filter((value) => value === 'secret').length, 1, 'take is atomic')
      assertEqual(taken.filter((value) => value === undefined).length, 15, 'the others get undefined')
    },
    async '16 who count at once get 16 numbers'({ store }) {
      const counts = await Promise.all(racers.map(() => store.incr('k', minute)))
      assertEqual(
        counts.toSorted((a, b) => a - b),
        racers.map((index) => index + 1),
        'incr is atomic',
      )
    },
    async 'a count begins anew when its time has passed, and later calls do not lengthen it'({ store, pass }) {
      await store.incr('k', 100)
      await pass(60)
      assertEqual(await store.incr('k', 100), 2, 'the count goes on')
      await pass(60)
      assertEqual(await store.incr('k', 100), 1, 'the first call set the time to live')
    },
  })
