import type { ITelemetryStore, TelemetryEvent, TelemetryFilter } from '../../features/telemetry/index.ts'
import { assertEqual, type ConformanceCase, casesOf, type OpenStore } from './case.ts'

/**
 * What {@link ITelemetryStore} promises, against your store. What it does not have (`query`, `forget`) is not asked for.
 *
 * @example
 * ```ts
 * import type { ITelemetryStore } from 'keywright/stores'
 * import { telemetryStoreCases } from 'keywright/testing'
 *
 * async function verify(open: () => Promise<ITelemetryStore>) {
 *   for (const { run } of telemetryStoreCases(open)) await run() // or, with a runner: test(name, run)
 * }
 * ```
 */
export const telemetryStoreCases = (open: OpenStore<ITelemetryStore>): ConformanceCase[] => casesOf(open, cases)

const at = (minute: number) => `2026-01-01T12:0${minute}:00.000Z`
const login: TelemetryEvent = {
  id: '019b7a3c-0000-7000-8000-000000000001',
  event: 'identity.auth.login.success',
  timestamp: at(1),
  data: { methods: ['password'], note: `it's "quoted"` },
  userId: 'ada',
  tenantId: 'default',
  sessionId: 'one',
  correlationId: 'request-1',
  ip: '2001:db8:1::',
  userAgent: 'Firefox/140.0',
}
const failure = { id: '019b7a3c-0000-7000-8000-000000000002', event: 'identity.auth.login.failed', timestamp: at(2), data: {} }
const bought = { ...login, id: '019b7a3c-0000-7000-8000-000000000003', event: 'shop.bought', timestamp: at(3), tenantId: 'other' }

const cases: Record<string, (store: ITelemetryStore) => Promise<void>> = {
  async 'an event is kept as it was given, once, however often it is saved'(store) {
    for (const event of [login, login, failure]) await store.save(event)
    await Promise.all([store.save(failure), store.save(failure)])
    const found = await store.query?.({ userId: 'ada' })
    if (found) assertEqual(found.map(spelled), [spelled(login)], 'query answers what save was given')
    const all = await store.query?.({})
    if (all) assertEqual(idsOf(all), [failure.id, login.id], 'an id is there once; newest first')
  },
  async 'each part of a filter counts, and together they all do'(store) {
    for (const event of [login, failure, bought]) await store.save(event)
    const expectation: readonly [TelemetryFilter, readonly TelemetryEvent[]][] = [
      [{}, [bought, failure, login]],
      [{ event: 'identity.auth.login.failed' }, [failure]],
      [{ userId: 'ada' }, [bought, login]],
      [{ tenantId: 'default', userId: 'ada' }, [login]],
      [{ sessionId: 'one', event: 'shop.bought' }, [bought]],
      [{ from: new Date(at(2)), to: new Date(at(3)) }, [failure]],
      [{ limit: 1, offset: 1 }, [failure]],
      [{ userId: "ada' or '1'='1" }, []],
    ]
    for (const [filter, events] of expectation) {
      const found = await store.query?.(filter)
      if (found) assertEqual(idsOf(found), idsOf(events), `query answers what ${JSON.stringify(filter)} asks for, newest first`)
    }
  },
  async 'whoever is forgotten is in no event, and the others are'(store) {
    for (const event of [login, failure, { ...bought, userId: 'grace' }]) await store.save(event)
    await store.forget?.('ada')
    const found = store.forget && (await store.query?.({}))
    if (found) assertEqual(idsOf(found), [bought.id, failure.id], 'forget removes what is kept of one user')
  },
}

const idsOf = (events: readonly TelemetryEvent[]) => events.map(({ id }) => id)

const spelled = ({ timestamp, ...event }: TelemetryEvent) => ({ ...event, timestamp: new Date(timestamp).toISOString() })
