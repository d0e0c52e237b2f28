import type { IKvStore } from '../../storage/kv.ts'
import { assertEqual, type ConformanceCase, casesOf, type OpenStore, racers } from './case.ts'

const minute = 60_000

/** A key-value store under test; `pass` moves its time forward, by a virtual clock or by waiting. */
export interface TimedKv {
  readonly store: IKvStore
  pass(ms: number): Promise<void>
}

/**
 * What {@link IKvStore} promises, against your store.
 *
 * @example
 * ```ts
 * import { kvStoreCases, type TimedKv } from 'keywright/testing'
 *
 * async function verify(open: () => Promise<TimedKv>) {
 *   for (const { run } of kvStoreCases(open)) await run() // or, with a runner: test(name, run)
 * }
 * ```
 */
export const kvStoreCases = (open: OpenStore<TimedKv>): ConformanceCase[] => [
  ...casesOf(open, valueCases),
  ...casesOf(open, raceCases),
  ...casesOf(open, timeCases),
]

type Cases = Record<string, (timed: TimedKv) => Promise<void>>

const valueCases: Cases = {
  async 'a value is there until it is deleted'({ store }) {
    assertEqual(await store.get('k'), undefined, 'get answers undefined for no such key')
    await store.set('k', 'one', minute)
    await store.set('k', 'two', minute)
    assertEqual(await store.get('k'), 'two', 'set replaces')
    await store.delete('k')
    await store.delete('k')
    assertEqual(await store.get('k'), undefined, 'delete removes')
  },
  async 'keys are told apart, and any text is kept as it is'({ store }) {
    const texts = ['', ' ', 'k', 'K', 'k:k', "k'--", 'k%', '\u00e9', 'e\u0301', '{"a":1}', '\u{1f511}', 'x'.repeat(2_000)]
    for (const text of texts) await store.set(`key ${text}`, text, minute)
    for (const text of texts) assertEqual(await store.get(`key ${text}`), text, 'get answers what set was given')
  },
  async 'a value that is set is not set again, and one that is taken is gone'({ store }) {
    assertEqual(await store.setIfAbsent('k', 'one', minute), true, 'an absent key is set')
    assertEqual(await store.setIfAbsent('k', 'two', minute), false, 'a present one is not')
    assertEqual(await store.take('k'), 'one', 'take answers the value')
    assertEqual([await store.get('k'), await store.take('k')], [undefined, undefined], 'and removes it')
  },
}

const raceCases: Cases = {
  async 'of 16 who set an absent key at once, one does'({ store }) {
    const answers = await Promise.all(racers.map((index) => store.setIfAbsent('k', `${index}`, minute)))
    assertEqual(answers.filter(Boolean).length, 1, 'setIfAbsent is atomic')
    assertEqual(await store.get('k'), `${answers.indexOf(true)}`, 'the value is that of the one who was told so')
  },
  async 'of 16 who set a key that has run out at once, one does'({ store, pass }) {
    await store.set('k', 'old', 50)
    await pass(60)
    const answers = await Promise.all(racers.map((index) => store.setIfAbsent('k', `${index}`, minute)))
    assertEqual(answers.filter(Boolean).length, 1, 'setIfAbsent is atomic, also where something has expired')
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
    const inOrder = counts.toSorted((a, b) => a - b)
    assertEqual(
      inOrder,
      racers.map((index) => index + 1),
      'incr is atomic',
    )
  },
}

const timeCases: Cases = {
  async 'a value runs out'({ store, pass }) {
    await store.set('k', 'one', 50)
    await pass(60)
    assertEqual([await store.get('k'), await store.take('k')], [undefined, undefined], 'what has expired is not there')
    assertEqual(await store.setIfAbsent('k', 'two', minute), true, 'and its key is free')
  },
  async 'setting a value anew gives it a new time to live'({ store, pass }) {
    await store.set('k', 'one', 50)
    await store.set('k', 'two', minute)
    await pass(60)
    assertEqual(await store.get('k'), 'two', 'the last set counts')
  },
  async 'a count begins anew when its time has passed, and later calls do not lengthen it'({ store, pass }) {
    await store.incr('k', 4_000)
    await pass(2_200)
    assertEqual(await store.incr('k', 4_000), 2, 'the count goes on')
    await pass(2_200)
    assertEqual(await store.incr('k', 4_000), 1, 'the first call set the time to live')
  },
}
