/**
 * Events as data: a name, the shape of its data, and whether it is an audit row.
 *
 * Each feature declares its events once and merges their types into {@link EventCatalogue}, so `tx.emit` and `auth.on` know every name.
 *
 * @module
 */
import type { z } from 'zod'

/** One kind of event. */
export interface EventDef<D extends z.ZodType = z.ZodType> {
  readonly summary: string
  readonly data: D
  /** Whether the event is also a row of the audit log. */
  readonly audit: boolean
}

/**
 * Declares one event.
 *
 * @example
 * ```ts
 * const paid = event({ summary: 'An invoice was paid', data: z.object({ amount: z.number() }), audit: true })
 * ```
 */
export function event<const D extends z.ZodType>(def: EventDef<D>): EventDef<D> {
  return def
}

/** The data types of a set of declared events, to be merged into {@link EventCatalogue}. */
export type EventsOf<E extends Record<string, EventDef>> = { [N in keyof E]: z.input<E[N]['data']> }

/** Every event by name. Features extend this interface beside their declaration. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging, one line per feature
export interface EventCatalogue {}

/** The name of a declared event. */
export type EventName = keyof EventCatalogue & string

/** Data of an event by name. */
export type EventData<N extends EventName> = EventCatalogue[N]

/** `identity.user.*`-like patterns besides full names. */
export type EventPattern = EventName | '*' | `${Prefixes<EventName>}.*`
type Prefixes<N extends string> = N extends `${infer A}.${infer B}.${string}` ? `${A}.${B}` | A : never

/** The names a pattern stands for. */
export type Matching<T extends string> = T extends '*'
  ? EventName
  : T extends `${infer P}.*`
    ? Extract<EventName, `${P}.${string}`>
    : Extract<EventName, T>

/** Who did it. */
export interface Actor {
  readonly kind: 'anonymous' | 'user' | 'api-key' | 'system'
  readonly id: string
  readonly onBehalfOf?: string
}

/** An event as listeners receive it. */
export type AuthEvent<N extends EventName = EventName> = {
  [K in N]: {
    readonly id: string
    readonly event: K
    readonly version: 1
    readonly timestamp: string
    readonly tenantId: string
    readonly userId?: string
    readonly sessionId?: string
    readonly actor: Actor
    readonly correlationId?: string
    readonly ip?: string
    readonly userAgent?: string
    readonly data: EventData<K>
  }
}[N]
