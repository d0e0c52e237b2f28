import { z } from 'zod'
import { type AnyFeature, declareFeature } from '../features/feature.ts'
import type { Handlers } from '../kernel/contract/call.ts'
import type { Contract } from '../kernel/contract/endpoint.ts'
import type { Ctx, Tx } from '../kernel/ctx.ts'
import type { Migration } from '../storage/types.ts'

/** What an application's own feature is given. */
export interface HostDeps<O = undefined> {
  /** The values passed beside the definition, parsed by its schema. */
  readonly options: O
  readonly clock: { now(): Date }
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
}

/** A feature of the application: its contract joins ours in routing, limits, OpenAPI and the client. */
export interface Feature<N extends string = string, K extends Contract = Contract> {
  readonly name: N
  readonly contract: K
  /** @internal */
  readonly declaration: AnyFeature
  /** @internal Not parsed yet: that is the boot's to do. */
  readonly values: unknown
}

/** Whether a value came from `feature()`; a bare definition did not. */
export const isFeature = (value: unknown): boolean => typeof value === 'object' && value !== null && 'declaration' in value

/** What `feature()` takes. `options` parses the values beside it; `migrations` are kept in our history under the feature's name. */
export interface HostFeatureDef<N extends string, K extends Contract, S, O extends z.ZodType = z.ZodUndefined> {
  readonly name: N
  readonly contract: K
  /** A `z.strictObject`, so that a misspelt option is refused with the one that was meant. */
  readonly options?: O
  /** Steps for the feature's own tables. A step that has been released is never edited. */
  readonly migrations?: readonly Migration[]
  create(deps: HostDeps<z.output<O>>): S
  handlers(service: S): Handlers<K>
}

/** Values may be left out where the schema takes `undefined`. */
type Values<O extends z.ZodType> = undefined extends z.input<O> ? [values?: z.input<O>] : [values: z.input<O>]

/**
 * Declares a feature of the application. Values for its options stand beside the definition.
 *
 * @example
 * ```ts
 * const invoices = feature(
 *   {
 *     name: 'invoices',
 *     contract: invoicesContract,
 *     options: z.strictObject({ newestFirst: z.boolean().default(true) }).prefault({}),
 *     migrations: [
 *       {
 *         id: '001_invoice',
 *         up: ({ raw, types }) => [raw(`create table invoice (id ${types.text} primary key, tenant_id ${types.text} not null)`)],
 *         down: ({ raw }) => [raw('drop table invoice')],
 *       },
 *     ],
 *     create: ({ transaction }) => ({
 *       list: (ctx: Ctx) => transaction(ctx, (tx) => tx.query<{ id: string }>`select id from invoice where tenant_id = ${ctx.tenantId}`),
 *     }),
 *     handlers: (service) => ({ list: ({ ctx }) => service.list(ctx) }),
 *   },
 *   { newestFirst: false },
 * )
 * ```
 */
export function feature<const N extends string, const K extends Contract, S, O extends z.ZodType = z.ZodUndefined>(
  def: HostFeatureDef<N, K, S, O>,
  ...[values]: Values<O>
): Feature<N, K> {
  const declaration = declareFeature({
    name: def.name,
    needs: {},
    options: def.options ?? z.undefined(),
    contract: def.contract,
    isHosts: true,
    migrations: def.migrations ?? [],
    create: ({ ambient, database, options }) =>
      def.create({
        options: options as z.output<O>, // parsed by `def.options`, or `undefined` where there is none
        clock: ambient.clock,
        transaction: (ctx, work) => database.transaction(ctx, work),
      }),
    handlers: def.handlers,
  })
  return { name: def.name, contract: def.contract, declaration, values }
}
