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
 * was typed, so an account that does not exist slows down alike, and two names of one person never show that they belong together.
 * Not here: limits per address alone (kernel/contract/limits.ts), and a second challenge; waiting is the only price.
 *
 * @module
 */
import { AuthError, isAuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { digest } from '../../kernel/crypto/random.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import type { ThrottleStore } from './throttle.sql.ts'

/** Who guesses at what, as digests. */
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
const strangersWaitMs = 30_000

/** Somebody of whom only the address is known. */
export const stranger = (identifier: string, addressPrefix: string): Guesser => {
  const account = digest('login-account', identifier)
  return { account, source: digest('login-throttle', `${addressPrefix} ${identifier}`), known: false, line: account }
}

/** A browser or a session that has proved the account before. @param proof what tells it from the others of this account */
export const acquaintance = (identifier: string, kind: 'device' | 'session', proof: string): Guesser => {
  const source = digest(`login-throttle-${kind}`, proof)
  return { account: digest('login-account', identifier), source, known: true, line: source }
}

/** Builds the throttle. */
export function createThrottle(store: (ctx: Ctx) => ThrottleStore) {
  /** @returns what gives this attempt back */
  async function count(ctx: Ctx, { account, source, known }: Guesser): Promise<() => Promise<void>> {
    const counts = store(ctx)
    const waitMs = await counts.waitOf(source)
    if (waitMs > 0) throw tooEarly(waitMs)
    const failures = await counts.countAccount(account)
    const taken = await counts.take(source, known || failures <= failuresBeforeWait ? 0 : strangersWaitMs)
    if (!taken.judged) {
      await counts.giveBackAccount(account)
      throw tooEarly(taken.retryAfterMs)
    }
    return async () => {
      await counts.giveBack(source, taken.blockedUntil)
      await counts.giveBackAccount(account)
    }
  }

  /**
   * Counts an attempt, has it judged and remembers how it went.
   *
   * @param judge answers `undefined` for a wrong guess; when it is `unavailable`, nothing was judged and nothing is counted
   * @throws rate_limited when it is too early for this guesser; `judge` is then never called
   */
  return async function attempt<T>(ctx: Ctx, who: Guesser, judge: () => Promise<T | undefined>): Promise<T | undefined> {
    const giveBack = await count(ctx, who)
    let verdict: T | undefined
    try {
      verdict = await judge()
    } catch (error) {
      if (isAuthError(error, 'unavailable')) await giveBack()
      throw error
    }
    const counts = store(ctx)
    if (verdict === undefined) {
      await counts.keepAccount(who.account)
      return undefined
    }
    await counts.reset(who.source)
    await counts.giveBackAccount(who.account)
    return verdict
  }
}

const tooEarly = (waitMs: number): AuthError =>
  new AuthError(kernelErrors.rate_limited, { retryAfterSeconds: Math.ceil(waitMs / 1000) })
