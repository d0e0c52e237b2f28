/**
 * SA-33: what a user of Secure Auth writes compiles under the strictest settings, and what would be a mistake does not.
 *
 * @module
 */
import { AuthService, type AuthTokens, type CookieTarget, type SessionStore, type User } from '../../src/secure-auth.ts'

/** The three methods are a store. */
export class ThreeMethods implements SessionStore {
  saveSession = async (_sessionId: string, _userId: string): Promise<boolean> => true
  isSessionValid = async (_sessionId: string): Promise<boolean> => true
  deleteSession = async (_sessionId: string): Promise<boolean> => true
}

export function orders(store: SessionStore): AuthService[] {
  // @ts-expect-error a store is no key
  new AuthService('private', store, 'public')
  // @ts-expect-error two of the three methods are no store
  new AuthService({ saveSession: store.saveSession, isSessionValid: store.isSessionValid })
  // @ts-expect-error an option nobody reads
  new AuthService('private', 'public', store, { acessToken: '15m' })
  // @ts-expect-error a number is no duration: of what?
  new AuthService('private', 'public', store, { accessToken: 900 })
  return [
    new AuthService('private', 'public', store),
    new AuthService('private', 'public', null),
    new AuthService('private', 'public', store, { accessToken: '5m', refreshToken: '1d', session: '30d' }),
    new AuthService(store, 'private', 'public'),
    new AuthService(store),
    new AuthService(null),
  ]
}

export async function calls(service: AuthService, user: User, found: User | undefined, res: CookieTarget): Promise<void> {
  const saved: { login: string; password: string; name: string } = await service.registerUser({
    login: 'ada@example.com',
    password: 'securepassword',
    name: 'Ada',
  })
  const tokens: AuthTokens = await service.login(found, saved.password)
  const again: AuthTokens = await service.refresh(tokens.refreshToken)
  const { userId, sessionId }: { userId: string; sessionId: string } = await service.validateSession(again.accessToken)
  const { message }: { message: string } = await service.changePassword(user, 'old', 'new', async (id: string, hash: string) => {
    console.log(id, hash)
  })
  service.setSessionCookie(res, tokens.accessToken)
  service.clearSession(res)
  await service.logout(sessionId)
  console.log(userId, message)
  // @ts-expect-error a user whose hash was not loaded
  await service.login({ id: 'ada', login: 'ada@example.com' }, 'securepassword')
  // @ts-expect-error both tokens are not one
  await service.validateSession(tokens)
}

export async function passkeys(service: AuthService, response: object): Promise<unknown[]> {
  const challenges = new Map<string, string>()
  return [
    await service.registerPasskey('ada', 'example.com', 'preferred', async (userId, challenge) =>
      challenges.set(userId, challenge),
    ),
    await service.verifyPasskey(
      response,
      'ada',
      'example.com',
      'https://example.com',
      async (userId) => challenges.get(userId),
      async () => undefined,
    ),
    // @ts-expect-error a word WebAuthn does not know
    await service.registerPasskey('ada', 'example.com', 'always', async () => {}),
  ]
}
