import { randomToken } from '../../kernel/crypto/random.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import type { SigningService } from '../signing/index.ts'
import type { AccessClaims } from './authenticate.ts'
import type { SessionState } from './store.ts'

/** Access tokens (RFC 9068): a signed pointer to a session. The session's row, not the token, says whether it holds. */
export function createAccessTokens(signing: SigningService, baseUrl: string, ttlMs: number) {
  const issuer = baseUrl
  const audience = baseUrl

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

  async function verify(ctx: Ctx, token: string): Promise<AccessClaims | undefined> {
    const found = await signing.verify(ctx, token, { issuer, audience })
    if (!found.ok) return undefined
    const { sub, sid, tid, ver } = found.payload
    if (typeof sub !== 'string' || typeof sid !== 'string' || typeof tid !== 'string' || typeof ver !== 'number') return undefined
    return { userId: sub, sessionHandle: sid, tenantId: tid, tokenVersion: ver }
  }

  return { sign, verify }
}
