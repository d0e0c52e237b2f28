/**
 * What a port promises, as tests of any runner.
 *
 * @module
 */
import { AssertionError } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'

/** One promise of a port, as a test of any runner. */
export interface ConformanceCase {
  readonly name: string
  run(): Promise<void>
}

/** Makes a fresh, empty store for one case. */
export type OpenStore<S> = () => Promise<S> | S

/** @throws AssertionError that says what was promised */
export function assertEqual(actual: unknown, expected: unknown, promise: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  throw new AssertionError({ message: promise, actual, expected, operator: 'deepStrictEqual' })
}

/** How many callers race where a port promises that one of them wins. */
export const racers: readonly number[] = Array.from({ length: 16 }, (_, index) => index)

/** Binds every promise of a port to a store of its own. */
export const casesOf = <S>(open: OpenStore<S>, promises: Record<string, (store: S) => Promise<void>>): ConformanceCase[] =>
  Object.entries(promises).map(([name, keeps]) => ({ name, run: async () => keeps(await open()) }))
