/**
 * Refreshing with rotation on a store that knows only ids: a refresh token is spent by inserting a row under a mark derived from it.
 *
 * Invariant: a refresh token has one child. Of two that race, the primary key lets one insert; the other gets the same answer when it asks
 * this process within 30 seconds and the child is unspent. Anything else is reuse, and the session ends (RFC 9700 §4.14.2).
 *
 * @module
 */
import { LRUCache } from 'lru-cache'
import type { PairClaims, TokenPair, TokenPairs } from '../../features/signing/index.ts'
import { sessionInvalid } from './refusals.ts'
import { endSession, insertSession, type SessionStore } from './session-store.ts'

interface Spent {
  readonly atMs: number
  readonly child: Promise<TokenPair>
}

interface RefreshDeps {
  readonly pairs: TokenPairs
  readonly store: SessionStore
  now(): Date
  newId(): string
}

const retryMs = 30_000
/** How many spent tokens this process remembers; behind them the store does. */
const remembered = 10_000

/** Builds what spends refresh tokens. The caller has verified the token and found its session to hold. */
export function createRefresh({ pairs, store, now, newId }: RefreshDeps): (parent: PairClaims) => Promise<TokenPair> {
  const spent = new LRUCache<string, Spent>({ max: remembered })

  /** A store that calls even an id valid that nobody has ever heard of tells nothing by it. */
  const isMarked = async (tokenId: string): Promise<boolean> =>
    (await store.isSessionValid(pairs.markOf(tokenId))) && !(await store.isSessionValid(newId()))

  async function isRetry({ atMs, child }: Spent): Promise<boolean> {
    if (now().getTime() - atMs > retryMs) return false
    const { tokenId } = await child
    return !spent.has(tokenId) && !(await isMarked(tokenId))
  }

  async function spend(parent: PairClaims): Promise<TokenPair> {
    if (await isMarked(parent.tokenId)) throw await reused(parent)
    const child = await pairs.next(parent, now())
    try {
      await insertSession(store, pairs.markOf(parent.tokenId), parent.userId)
    } catch (error) {
      throw (await isMarked(parent.tokenId)) ? await reused(parent) : error
    }
    return child
  }

  async function reused({ sessionId }: PairClaims): Promise<Error> {
    return endSession(store, sessionId).then(
      () => sessionInvalid(),
      (error: unknown) => sessionInvalid(error),
    )
  }

  return async (parent) => {
    const before = spent.get(parent.tokenId)
    if (before) {
      if (await isRetry(before)) return before.child
      throw await reused(parent)
    }
    // Remembered before the first answer of the store, so that whoever comes in between waits for this one.
    const child = spend(parent)
    spent.set(parent.tokenId, { atMs: now().getTime(), child })
    child.catch(() => spent.delete(parent.tokenId))
    return child
  }
}
