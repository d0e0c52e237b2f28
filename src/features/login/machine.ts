/**
 * The login as a state machine (drawn in `login.mermaid`): what follows a proof. Pure, so that every path can be enumerated.
 *
 * Invariant: `active` is reached only when nothing is owed; no obstacle is skipped by the order in which steps arrive.
 *
 * @module
 */
import type { ErrorDef } from '../../kernel/contract/errors.ts'
import type { Obstacle } from '../feature.ts'

/** What comes after a proved step. */
export type NextStep =
  | { readonly status: 'active' }
  | { readonly status: 'refused'; readonly told?: ErrorDef }
  | { readonly status: 'verification_required' }
  | { readonly status: 'factor_required'; readonly methods: readonly string[] }

/**
 * Weighs what stands in the way: a refusal outweighs anything that could still be done, and one without a reason those that have one; what can
 * be done here comes before what waits for a mail.
 */
export function nextStep(obstacles: readonly (Obstacle | undefined)[]): NextStep {
  const standing = obstacles.filter((obstacle) => obstacle !== undefined)
  if (standing.includes('refused')) return { status: 'refused' }
  const named = standing.filter((obstacle) => typeof obstacle !== 'string')
  const [told] = named.flatMap((obstacle) => ('told' in obstacle ? [obstacle.told] : []))
  if (told) return { status: 'refused', told }
  const methods = named.flatMap((obstacle) => ('requirement' in obstacle ? [obstacle.requirement] : []))
  if (methods.length > 0) return { status: 'factor_required', methods }
  return { status: standing.length > 0 ? 'verification_required' : 'active' }
}
