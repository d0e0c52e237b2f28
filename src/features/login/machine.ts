/**
 * The login as a state machine (drawn in `login.mermaid`): what follows a proof. Pure, so that every path can be enumerated.
 *
 * Invariant: `active` is reached only when nothing is owed; no obstacle is skipped by the order in which steps arrive.
 *
 * @module
 */
import type { Obstacle } from '../feature.ts'

/** What comes after a proved step. */
export type NextStep =
  | { readonly status: 'active' }
  | { readonly status: 'refused' }
  | { readonly status: 'factor_required'; readonly methods: readonly string[] }

/** Weighs what stands in the way; a refusal outweighs anything that could still be done. */
export function nextStep(obstacles: readonly (Obstacle | undefined)[]): NextStep {
  const standing = obstacles.filter((obstacle) => obstacle !== undefined)
  if (standing.includes('refused')) return { status: 'refused' }
  const methods = standing.flatMap((obstacle) => (obstacle === 'refused' ? [] : [obstacle.requirement]))
  return methods.length === 0 ? { status: 'active' } : { status: 'factor_required', methods }
}
