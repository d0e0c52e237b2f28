/**
 * Looks at the stores of the application, for `doctor` and for operators: each is asked for somebody who does not exist.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import { isAuthError } from '../../kernel/contract/errors.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import type { Checkup } from '../feature.ts'

/** What a look at a store found. */
export interface StoreLook {
  /** Its key in `stores`. */
  readonly store: string
  /** What is wrong with it; a login would answer `unavailable`. */
  readonly fault?: string
  /** Methods it does not have and need not have, each with what there is not without it. */
  readonly missing: readonly { readonly method: string; readonly turnsOff: string }[]
}

/** A store that takes longer than this has no answer. */
const patienceMs = 5_000

/** Looks at each, one after the other: a store that is slow for one is slow for all. */
export async function lookAtStores(checkups: readonly Checkup[], ctx: Ctx, newId: () => string): Promise<readonly StoreLook[]> {
  const looks: StoreLook[] = []
  for (const checkup of checkups) looks.push(await lookAt(checkup, ctx, newId()))
  return looks
}

async function lookAt({ store, port, required, optional, look }: Checkup, ctx: Ctx, nobody: string): Promise<StoreLook> {
  const has = (method: string) => typeof Reflect.get(port, method) === 'function'
  const missing = Object.entries(optional)
    .filter(([method]) => !has(method))
    .map(([method, turnsOff]) => ({ method, turnsOff }))
  const lacking = required.filter((method) => !has(method))
  if (lacking.length > 0) return { store, missing, fault: `it has no ${lacking.join(', ')}` }
  const late = new AbortController()
  try {
    const hung = wait(patienceMs, `it did not answer within ${patienceMs / 1000} s`, { signal: late.signal }).catch(
      () => undefined,
    )
    const fault = await Promise.race([look(ctx, nobody).then(() => undefined), hung])
    return { store, missing, ...(fault !== undefined && { fault }) }
  } catch (error) {
    return { store, missing, fault: reasonOf(error) }
  } finally {
    late.abort()
  }
}

/** What the store threw: our own `unavailable` around it says nothing to whoever wrote the store. */
function reasonOf(error: unknown): string {
  const thrown = isAuthError(error, 'unavailable') && error.cause !== undefined ? error.cause : error
  return thrown instanceof Error ? thrown.message : String(thrown)
}
