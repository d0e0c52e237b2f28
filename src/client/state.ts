import type { z } from 'zod'
import type { User as UserSchema } from '../features/users/contract.ts'

/** A user as the client gets it: instants are ISO 8601 strings. */
export type User = z.output<typeof UserSchema>

/** What a client knows of its session. `unreachable`: nobody could be asked, and `user` is whom we knew before. */
export interface ClientState {
  readonly status: 'unknown' | 'active' | 'none' | 'unreachable'
  readonly user?: User
}

/** Keeps the state and tells listeners when it changes. */
export interface StateHolder {
  /** The same object until something changes, so that view libraries can compare it by identity. */
  readonly current: ClientState
  active(user: User): void
  none(): void
  /** Whether the last request got an answer. Losing the server forgets nothing: what was known counts again when it is back. */
  reached(isReached: boolean): void
  subscribe(listener: () => void): () => void
}

/** Starts with `unknown`. */
export function createStateHolder(): StateHolder {
  const listeners = new Set<() => void>()
  let known: ClientState = { status: 'unknown' }
  let isReachable = true
  let current = known

  function publish(): void {
    const next: ClientState = isReachable ? known : { ...known, status: 'unreachable' }
    if (JSON.stringify(next) === JSON.stringify(current)) return
    current = next
    for (const listener of [...listeners]) listener()
  }

  function know(next: ClientState): void {
    known = next
    publish()
  }

  return {
    get current() {
      return current
    },
    active: (user) => know({ status: 'active', user }),
    none: () => know({ status: 'none' }),
    reached(isReached) {
      isReachable = isReached
      publish()
    },
    subscribe(listener) {
      // Wrapped, so that one function subscribed twice is two subscriptions.
      const own = () => listener()
      listeners.add(own)
      return () => void listeners.delete(own)
    },
  }
}
