/**
 * Calls derived from contracts: the client, `auth.as()` and `auth.asSystem()` are one type.
 *
 * @module
 */
import type { z } from 'zod'
import type { Ctx } from '../ctx.ts'
import type { Active, Operator, OperatorRight, PendingLogin, Presented } from './access.ts'
import type { Contract, Granted } from './endpoint.ts'
import type { AuthError, ErrorDef } from './errors.ts'

type Simplify<T> = { [K in keyof T]: T[K] } & {}
type Of<D, K extends string, W> =
  D extends Record<K, infer S extends z.ZodType> ? (W extends 'in' ? z.input<S> : z.output<S>) : unknown

/** Params, query and body as one flat input. */
export type Input<D, W extends 'in' | 'out' = 'in'> = Simplify<Of<D, 'params', W> & Of<D, 'query', W> & Of<D, 'body', W>>

/** What a call answers, as it stands on the wire. */
export type Output<D> = D extends { returns: infer S extends z.ZodType } ? z.output<S> : undefined

/** The codes a call of this endpoint can be refused with. */
export type Codes<D> =
  | (D extends { errors: readonly (infer E extends ErrorDef)[] } ? E['code'] : never)
  | 'validation_failed'
  | 'unauthorized'
  | 'forbidden'
  | 'rate_limited'
  | 'unavailable'
  | 'unreachable'

/** A refusal as a value. */
export type Result<T, C extends string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: { [K in C]: AuthError<K> }[C] }

/** A call on its way. Awaiting it throws a refusal; `.result()` is the same call as a value. */
export interface Call<T, C extends string> extends Promise<T> {
  result(): Promise<Result<T, C>>
}

/** Also of an input that takes one of several forms, which may have no key in common. */
type KeyOf<T> = T extends unknown ? keyof T : never

/** One endpoint as a method. */
export type Method<D> = [KeyOf<Input<D>>] extends [never]
  ? () => Call<Output<D>, Codes<D>>
  : Partial<Input<D>> extends Input<D>
    ? (input?: Input<D>) => Call<Output<D>, Codes<D>>
    : (input: Input<D>) => Call<Output<D>, Codes<D>>

/** The endpoints of a contract as methods. */
export type Calls<C extends Contract> = { readonly [K in keyof C['endpoints']]: Method<C['endpoints'][K]> }

/** The endpoints of a contract that hand out credentials. */
export type Granting<C extends Contract> = C extends Contract
  ? { [K in keyof C['endpoints']]: C['endpoints'][K] extends { grants: true } ? K : never }[keyof C['endpoints']]
  : never

/** What can be called in process: all but what hands out a credential, which nobody would deliver there. */
export type LocalCalls<C extends Contract> = Omit<Calls<C>, Granting<C>>

/** The argument of a handler. */
export interface HandlerCall<D> {
  readonly ctx: Ctx
  readonly auth: D extends { access: 'public' }
    ? undefined
    : D extends { access: 'pending-login' }
      ? PendingLogin
      : D extends { access: { operator: OperatorRight } }
        ? Operator
        : Active
  readonly input: Input<D, 'out'>
  readonly presented: Presented
}

type Answer<D> = D extends { returns: infer S extends z.ZodType } ? z.input<S> : undefined

/** One-line functions from a call to a service, keyed like the contract's endpoints. */
export type Handlers<C extends Contract> = {
  readonly [K in keyof C['endpoints']]: (
    call: HandlerCall<C['endpoints'][K]>,
  ) => Promise<
    C['endpoints'][K] extends { grants: true | 'clear' } ? Granted<Answer<C['endpoints'][K]>> : Answer<C['endpoints'][K]>
  >
}
