import { z } from 'zod'
import { type AnyFeature, declareFeature } from '../features/feature.ts'
import type { Handlers } from '../kernel/contract/call.ts'
import type { Contract } from '../kernel/contract/endpoint.ts'
import type { Ctx, Tx } from '../kernel/ctx.ts'

/** What an application's own feature is given. */
export interface HostDeps {
  readonly clock: { now(): Date }
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
}

/** A feature of the application: its contract joins ours in routing, limits, OpenAPI and the client. */
export interface Feature<N extends string = string, K extends Contract = Contract> {
  readonly name: N
  readonly contract: K
  /** @internal */
  readonly declaration: AnyFeature
}

/**
 * Declares a feature of the application.
 *
 * @example
 * ```ts
 * const invoices = feature({
 *   name: 'invoices',
 *   contract: invoicesContract,
 *   create: ({ transaction }) => ({
 *     list: (ctx: Ctx) => transaction(ctx, (tx) => tx.query<{ id: string }>`select id from invoice where tenant_id = ${ctx.tenantId}`),
 *   }),
 *   handlers: (service) => ({ list: ({ ctx }) => service.list(ctx) }),
 * })
 * ```
 */
export function feature<const N extends string, const K extends Contract, S>(def: {
  readonly name: N
  readonly contract: K
  create(deps: HostDeps): S
  handlers(service: S): Handlers<K>
}): Feature<N, K> {
  const declaration = declareFeature({
    name: def.name,
    needs: {},
    options: z.undefined(),
    contract: def.contract,
    create: ({ ambient, database }) =>
      def.create({ clock: ambient.clock, transaction: (ctx, work) => database.transaction(ctx, work) }),
    handlers: def.handlers,
  })
  return { name: def.name, contract: def.contract, declaration }
}
