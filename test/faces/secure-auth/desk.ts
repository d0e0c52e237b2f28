import { SecureAuth, type World } from '../../../src/compat/secure-auth/auth-service.ts'
import { createPasswordHasher, type PasswordHasher, testParameters } from '../../../src/features/password/hashing.ts'
import { idsAt, realAmbient } from '../../../src/kernel/ambient/ambient.ts'
import { createHashPool, type HashPool } from '../../../src/kernel/crypto/hash-pool.ts'
import { newPemPair } from '../../../src/kernel/crypto/pem.ts'
import type { AuthServiceOptions, SessionStore } from '../../../src/secure-auth.ts'
import { type VirtualClock, virtualClock } from '../../../src/testing/clock.ts'

/** Keys most tests share; making them is not what they are about. */
export const pem = newPemPair()

const pool = createHashPool({ slots: 8, ...realAmbient() })

/** A hasher at test costs that counts what passes through its queue. */
export function countingHasher(): PasswordHasher & { readonly runs: () => number } {
  let runs = 0
  const counted: HashPool = {
    run: (work, caller) => {
      runs += 1
      return pool.run(work, caller)
    },
  }
  return { ...createPasswordHasher({ pool: counted, parameters: testParameters }), runs: () => runs }
}

/** A store as the documents want it, in memory: an id is a primary key. It writes down what it was asked to do. */
export class MemoryStore implements SessionStore {
  readonly rows = new Map<string, string>()
  readonly calls: string[] = []
  /** Whether the database answers at all. */
  isAway = false

  async saveSession(sessionId: string, userId: string): Promise<boolean> {
    this.#note(`save ${sessionId} ${userId}`)
    if (this.rows.has(sessionId)) return false
    this.rows.set(sessionId, userId)
    return true
  }

  async isSessionValid(sessionId: string): Promise<boolean> {
    this.#note(`valid ${sessionId}`)
    return this.rows.has(sessionId)
  }

  async deleteSession(sessionId: string): Promise<boolean> {
    this.#note(`delete ${sessionId}`)
    return this.rows.delete(sessionId)
  }

  /** What was asked, by its first word. */
  asked(what: 'save' | 'valid' | 'delete'): string[] {
    return this.calls.filter((call) => call.startsWith(what))
  }

  #note(call: string): void {
    this.calls.push(call)
    if (this.isAway) throw new Error('connect ECONNREFUSED 10.0.0.7:5432')
  }
}

/** What {@link openDesk} may be told. */
export interface DeskOptions {
  readonly keys?: { readonly privateKey: string; readonly publicKey: string }
  readonly options?: AuthServiceOptions
  readonly clock?: VirtualClock
  readonly world?: Partial<World>
}

/** A service of one process on a virtual clock. A second desk on the same store and clock is a second process. */
export function openDesk(store: SessionStore | null, { keys = pem, options = {}, clock, world = {} }: DeskOptions = {}) {
  const time = clock ?? virtualClock(new Date('2026-01-01T12:00:00Z'))
  const warnings: string[] = []
  const full: World = {
    now: () => time.now(),
    newId: idsAt(time),
    warn: (message) => void warnings.push(message),
    env: {},
    folder: '/nowhere',
    hasher: countingHasher(),
    ...world,
  }
  return { service: new SecureAuth([keys.privateKey, keys.publicKey, store, options], full), clock: time, warnings, world: full }
}

/** A desk with somebody who can log in. */
export async function openWithAda<S extends SessionStore | null>(store: S, options: DeskOptions = {}) {
  const desk = openDesk(store, options)
  const password = 'correct horse battery'
  const ada = { id: 'ada', ...(await desk.service.registerUser({ login: 'ada@example.com', password })) }
  return { ...desk, store, ada, password, login: () => desk.service.login(ada, password) }
}
