/**
 * What a guard or an endpoint asks of a caller, read strictly and once, when it is set up.
 *
 * Invariant: a demand nobody knows, or one without a value, is an error before the first request. Passed over, it would leave a door open
 * that looks shut.
 *
 * @module
 */
import { z } from 'zod'
import { parseOptions } from '../config/options.ts'
import type { Access, Demands, OperatorAccess } from '../contract/access.ts'
import { duration } from '../contract/duration.ts'

/** Demands that were read: frozen, so that what was checked is what is asked. */
export interface ReadDemands extends Demands {
  readonly withinMs?: number
}

/** Whom an endpoint lets in. */
export type ReadAccess = 'public' | 'pending-login' | ReadDemands | OperatorAccess

const strict = z.boolean('true or false').exactOptional()
const role = z.string('the name of a role').min(1, 'the name of a role')
const beyondSession = {
  aal: z.literal([1, 2, 3], '1, 2 or 3').exactOptional(),
  within: duration().exactOptional(),
  strict,
}
const demandsSchema = z.strictObject({ role: role.exactOptional(), ...beyondSession })
const accessSchema = z.union([
  z.literal(['public', 'pending-login', 'session']),
  z.strictObject({ role, strict }),
  z.strictObject({ session: z.strictObject(beyondSession) }),
  z.strictObject({
    operator: z.literal(['look', 'help', 'inspect', 'manage', 'own']),
    on: z.literal(['id', 'sessionHandle']).exactOptional(),
  }),
])

/** Whether an endpoint says whom it lets in, in words that are known. */
export const isAccess = (access: unknown): access is Access => accessSchema.safeParse(access).success

/** What most calls ask beyond a session; read once, so that they do not pay for it. */
const nothing: ReadDemands = Object.freeze({})
const read = new WeakSet<object>([nothing])

/**
 * Reads the demands of a guard.
 *
 * @throws BootError for a demand that is not known, has no value, or a value that means nothing
 * @example
 * ```ts
 * readDemands({ rol: 'admin' }) // BootError: guard.rol is not an option; remedy: Did you mean "role"?
 * ```
 */
export function readDemands(demands: Demands = nothing, name = 'guard'): ReadDemands {
  if (read.has(demands)) return demands
  const { within, ...rest } = parseOptions(demandsSchema, demands, name)
  const known: ReadDemands = Object.freeze({
    ...rest,
    ...(within !== undefined && demands.within !== undefined && { within: demands.within, withinMs: within }),
  })
  read.add(known)
  return known
}

/**
 * Reads whom an endpoint lets in.
 *
 * @throws BootError for an access that is not known
 */
export function readAccess(access: Access, name: string): ReadAccess {
  parseOptions(accessSchema, access, name)
  if (access === 'public' || access === 'pending-login') return access
  if (access === 'session') return readDemands()
  if ('operator' in access) return access
  return readDemands('role' in access ? access : access.session, name)
}
