/**
 * What users are called, for the rows of other lists: those that are wanted at the same moment are one question.
 *
 * @module
 */
import { api } from '../../data/api.ts'

type Called = Awaited<ReturnType<typeof api.users.names>>['users'][number]

interface Waiting {
  readonly id: string
  resolve(called: Called | null): void
  reject(error: unknown): void
}

/** As many as one question may be about. */
const atOnce = 100
/** Rows of a page are drawn within it. */
const patienceMs = 20

let waiting: Waiting[] = []

async function answer(those: readonly Waiting[]): Promise<void> {
  try {
    const { users } = await api.users.names({ ids: those.map(({ id }) => id).join(',') })
    const byId = new Map(users.map((user) => [user.id, user]))
    for (const { id, resolve } of those) resolve(byId.get(id) ?? null)
  } catch (error) {
    for (const { reject } of those) reject(error)
  }
}

function askAll(): void {
  const all = waiting
  waiting = []
  for (let at = 0; at < all.length; at += atOnce) void answer(all.slice(at, at + atOnce))
}

/** What a user is called by; `null` of somebody who is gone. */
export const namesQuery = (id: string) => ({
  queryKey: ['users', 'called', id],
  staleTime: 300_000,
  queryFn: () =>
    new Promise<Called | null>((resolve, reject) => {
      if (waiting.length === 0) setTimeout(askAll, patienceMs)
      waiting.push({ id, resolve, reject })
    }),
})
