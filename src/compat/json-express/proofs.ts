/**
 * Whose address a request has proved: the endpoint of ours does not say it, the event of the same request does.
 *
 * @module
 */
import { idOf, type People } from './users.ts'
import type { World } from './world.ts'

/** Brings requests and what they proved together. */
export type Proofs = ReturnType<typeof createProofs>

/** Builds them. Nothing is kept for longer than its request. */
export function createProofs(people: People, { randomToken }: Pick<World, 'randomToken'>) {
  const expected = new Map<string, string | undefined>()
  return {
    heard(correlationId: string | undefined, userId: string | undefined): void {
      if (correlationId !== undefined && expected.has(correlationId)) expected.set(correlationId, userId)
    },
    /** Marks a request. @returns a function that answers who proved their address by it, once it has been answered */
    expect(headers: Headers) {
      const id = randomToken(16)
      headers.set('x-correlation-id', id)
      expected.set(id, undefined)
      return async () => {
        const userId = expected.get(id)
        expected.delete(id)
        const row = userId === undefined ? undefined : await people.find(userId).catch(() => undefined)
        return row && { id: idOf(row), email: row.email, emailVerified: true }
      }
    },
  }
}
