/**
 * Guessing is slowed down and nobody is locked out (NIST SP 800-63B-4 §3.2.2, OWASP ASVS 5.0 V6.1.1 and V6.3.1).
 *
 * - Each source has its own budget on an account: from the fifth failure on it waits 1, 2, 4 … 30 s. A source is the address prefix of a
 *   stranger, the browser that has logged in to this account before, or the session of who is logged in already.
 * - After 100 failures on one account, from wherever they came, a stranger's prefix that has not been seen for a day waits 30 s once before
 *   its first attempt is judged. This takes the gain out of guessing from ever new addresses. A known browser never waits for what others do.
 * - Nothing anybody else does makes a wait longer: a blocked source is not written, and the wait of a prefix belongs to the prefix.
 *
 * Invariant: every attempt is counted before it is judged and given back only if it was right or nobody judged it. Counts are kept by what
 * was typed, so an account that does not exist slows down alike, and two names of one person never show that they belong together. Keys are
 * keyed digests, so the counts never name an account or an address.
 * Cost: a guess is written down twice, when it is counted and when it is known to be wrong; one that came too early not at all.
 * Not here: limits per address alone (kernel/contract/limits.ts), and a second challenge; waiting is the only price.
 *
 * @module
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../kernel/ambient/ambient.ts'
import { AuthError, isAuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { KeyRing } from '../../kernel/crypto/key-ring.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { longestWaitMs, type ThrottleStore } from './throttle.sql.ts'

/** Who guesses at what, as keyed digests. */
export interface Guesser {
  /** What was typed as the account, existing or not. */
  readonly account: string
  readonly source: string
  /** Has proved this account before, so it never waits because of others. */
  readonly known: boolean
  /** Under which name its hash waits in line: strangers share the account's, so that no flood of theirs holds up a known one. */
  readonly line: string
}

const failuresBeforeWait = 100
const strangersWaitMs = longestWaitMs
/** How many waits of a wrong clock one process remembers; whoever is forgotten waits anew. */
const remembered = 10_000

interface ThrottleDeps {
  readonly keys: KeyRing
  readonly clock: Pick<Clock, 'monotonicMs'>
  store(ctx: Ctx): ThrottleStore
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
}

/** Builds the throttle. */
export function createThrottle({ keys, clock, store, transaction }: ThrottleDeps) {
  const waitedOut = new LRUCache<string, number>({ max: remembered })
  const accountOf = (identifier: string): string => keys.tag('login-account', identifier)

  /** Somebody of whom only the address is known. */
  function stranger(identifier: string, addressPrefix: string): Guesser {
    const account = accountOf(identifier)
    return { account, source: keys.tag('login-source', 'address', addressPrefix, identifier), known: false, line: account }
  }

  /** A browser or a session that has proved the account before. @param proof what tells it from the others of this account */
  function acquaintance(identifier: string, kind: 'device' | 'session', proof: string): Guesser {
    const source = keys.tag('login-source', kind, proof)
    return { account: accountOf(identifier), source, known: true, line: source }
  }

  /**
   * What is left of a wait as it is stored. One that is longer than any of ours was written by a clock that is ahead: it is waited out by time
   * that passes, the longest of ours from its first sight on.
   */
  function waitLeft(source: string, storedMs: number): number {
    if (storedMs <= longestWaitMs) return storedMs
    const nowMs = clock.monotonicMs()
    const untilMs = waitedOut.get(source) ?? nowMs + longestWaitMs
    waitedOut.set(source, untilMs)
    return Math.max(0, untilMs - nowMs)
  }

  /** Both counts in one commit, the account always before the source. @returns what gives this attempt back */
  async function count(ctx: Ctx, { account, source, known }: Guesser): Promise<() => Promise<void>> {
    const waitMs = waitLeft(source, await store(ctx).waitOf(source))
    if (waitMs > 0) throw tooEarly(waitMs)
    waitedOut.delete(source)
    const taken = await transaction(ctx, async (tx) => {
      const counts = store(tx)
      const failures = await counts.countAccount(account)
      const taken = await counts.take(source, known || failures <= failuresBeforeWait ? 0 : strangersWaitMs)
      if (!taken.judged) await counts.giveBackAccount(account)
      return taken
    })
    if (!taken.judged) throw tooEarly(taken.retryAfterMs)
    return () =>
      transaction(ctx, async (tx) => {
        await store(tx).giveBackAccount(account)
        await store(tx).giveBack(source, taken.blockedUntil)
      })
  }

  /**
   * Counts an attempt, has it judged and remembers how it went.
   *
   * @param judge answers `undefined` for a wrong guess; what it throws as a refusal is about something else (`unavailable`: nothing was judged;
   *   any other: the guess was right), and nothing is counted
   * @param refused says so in the transaction that remembers a wrong guess
   * @throws rate_limited when it is too early for this guesser; `judge` is then never called
   */
  async function attempt<T>(
    ctx: Ctx,
    who: Guesser,
    judge: () => Promise<T | undefined>,
    refused: (tx: Tx) => void = () => {},
  ): Promise<T | undefined> {
    const giveBack = await count(ctx, who)
    let verdict: T | undefined
    try {
      verdict = await judge()
    } catch (error) {
      if (isAuthError(error)) await giveBack()
      throw error
    }
    await transaction(ctx, async (tx) => {
      if (verdict === undefined) {
        await store(tx).keepAccount(who.account)
        refused(tx)
      } else {
        await store(tx).giveBackAccount(who.account)
        await store(tx).reset(who.source)
      }
    })
    return verdict
  }

  /** Whoever has this name next starts without the failures of whoever had it. Sources say nothing of anybody, and are forgotten in a day. */
  async function forget(tx: Tx, identifiers: readonly string[]): Promise<void> {
    for (const identifier of identifiers) await store(tx).forgetAccount(accountOf(identifier))
  }

  return { stranger, acquaintance, attempt, forget }
}

/** Slows guessing down. */
export type Throttle = ReturnType<typeof createThrottle>

const tooEarly = (waitMs: number): AuthError =>
  new AuthError(kernelErrors.rate_limited, { retryAfterSeconds: Math.ceil(waitMs / 1000) })
