import { randomToken } from '../../kernel/crypto/random.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import type { SigningService } from '../signing/index.ts'
import type { SessionState } from './store.ts'

/** What an access token says, once its signature holds. */
export interface VerifiedToken {
  readonly userId: string
  readonly sessionHandle: string
  readonly tenantId: string
  readonly tokenVersion: number
  /** Until when this finding may be used again, in epoch milliseconds: the token's end, or when its key has to be looked at anew. */
  readonly untilMs: number
}

/** Who a token is from, and whom it is for. */
export interface TokenNames {
  readonly issuer: string
  /** We are the first. */
  readonly audience: string | readonly [string, ...string[]]
}

/** A key may be retired meanwhile: keys are read again this often, and so are tokens. */
const recheckMs = 60_000

/** Access tokens (RFC 9068): a signed pointer to a session. The session's row, not the token, says whether it holds. */
export function createAccessTokens(signing: SigningService, { issuer, audience }: TokenNames, ttlMs: number) {
  const ourselves = typeof audience === 'string' ? audience : audience[0]

  const sign = (ctx: Ctx, state: SessionState): Promise<string> => {
    const own = {
      iss: issuer,
      aud: audience,
      sub: state.userId,
      sid: state.sessionHandle,
      tid: ctx.tenantId,
      ver: state.tokenVersion,
    }
    // Ours last: an application's claim can never take the place of a registered one.
    return signing.sign(ctx, { ...state.claims, ...own, jti: randomToken(16) }, { type: 'at+jwt', ttlSeconds: ttlMs / 1000 })
  }

  /** @param evenExpired for a logout: who was let in by a token may end its session for as long as its key is known */
  async function verify(ctx: Ctx, token: string, evenExpired = false): Promise<VerifiedToken | undefined> {
    const found = await signing.verify(ctx, token, { issuer, audience: ourselves, evenExpired })
    if (!found.ok) return undefined
    const { sub, sid, tid, ver, exp } = found.payload
    if (typeof sub !== 'string' || typeof sid !== 'string' || typeof tid !== 'string' || typeof ver !== 'number') return undefined
    const untilMs = Math.min(Number(exp) * 1000, ctx.at.getTime() + recheckMs)
    return { userId: sub, sessionHandle: sid, tenantId: tid, tokenVersion: ver, untilMs }
  }

  return { sign, verify }
}
