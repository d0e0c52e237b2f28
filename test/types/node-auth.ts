/**
 * What a user of node-auth writes compiles under the strictest settings, and what would be a mistake does not.
 *
 * @module
 */
import type { Express } from 'express'
import {
  type AccessTokenPayload,
  type AuthConfig,
  AuthConfigurator,
  AuthError,
  type AuthRequest,
  type BaseUser,
  createAuthMiddleware,
  createAuthRouter,
  type ISessionStore,
  type IUserStore,
  type RouterOptions,
  type SessionInfo,
} from '../../src/node-auth.ts'

/** The ten required methods are a store, of a user with columns of its own. */
export class TenMethods implements IUserStore<MyUser> {
  findByEmail = async (_email: string): Promise<MyUser | null> => null
  findById = async (_id: string): Promise<MyUser | null> => null
  create = async (data: Partial<MyUser>): Promise<MyUser> => ({ id: '1', email: '', plan: 'free', ...data })
  updateRefreshToken = async (_userId: string, _token: string | null, _expiry: Date | null): Promise<void> => {}
  updateLastLogin = async (_userId: string): Promise<void> => {}
  updateResetToken = async (_userId: string, _token: string | null, _expiry: Date | null): Promise<void> => {}
  updatePassword = async (_userId: string, _hash: string): Promise<void> => {}
  updateTotpSecret = async (_userId: string, _secret: string | null): Promise<void> => {}
  updateMagicLinkToken = async (_userId: string, _token: string | null, _expiry: Date | null): Promise<void> => {}
  updateSmsCode = async (_userId: string, _code: string | null, _expiry: Date | null): Promise<void> => {}
}

interface MyUser extends BaseUser {
  plan: 'free' | 'pro'
}

const secrets = { accessTokenSecret: 'a', refreshTokenSecret: 'b' }

export const configs: readonly AuthConfig[] = [
  secrets,
  { ...secrets, csrf: { enabled: true }, session: { checkOn: 'allcalls' }, emailVerificationMode: 'none' },
  { ...secrets, accessTokenExpiresIn: '15m', refreshTokenExpiresIn: 604_800, cookieOptions: { secure: true, sameSite: 'lax' } },
  { ...secrets, buildTokenPayload: (user: MyUser) => ({ plan: user.plan }) },
  { ...secrets, buildTokenPayload: async () => ({ permissions: ['orders:read'] }) },
  { ...secrets, email: { siteUrl: ['https://app.example.com'] }, keywright: { http: { trustProxy: ['10.0.0.0/8'] } } },
  // @ts-expect-error a misspelt option
  { ...secrets, crsf: { enabled: true } },
  {
    ...secrets,
    emailVerificationMode: 'strict',
    email: { sendVerificationEmail: async (to, token, link) => void [to, token, link] },
  },
  {
    ...secrets,
    email: { mailer: { endpoint: 'https://mail.example.com', apiKey: 'k', from: 'hi@example.com', defaultLang: 'it' } },
  },
  // @ts-expect-error a mode there is not
  { ...secrets, emailVerificationMode: 'soft' },
  // @ts-expect-error a feature that is not there yet
  { ...secrets, twoFactor: { appName: 'Example' } },
  // @ts-expect-error cookies are SameSite=Lax
  { ...secrets, cookieOptions: { sameSite: 'none' } },
  // @ts-expect-error claims are an object
  { ...secrets, buildTokenPayload: () => 'pro' },
  // @ts-expect-error one secret is missing
  { accessTokenSecret: 'a' },
]

export function mount(app: Express, config: AuthConfig, users: IUserStore<MyUser>, sessionStore: ISessionStore): void {
  const auth = new AuthConfigurator(config, users)
  app.use('/auth', auth.router({ sessionStore }))
  app.use('/auth', createAuthRouter(users, config, { sessionStore, swagger: false, cors: { origins: [] } }))
  app.get('/a', auth.middleware(), createAuthMiddleware(config, sessionStore), (req, res) => {
    const user: AccessTokenPayload | undefined = (req as AuthRequest).user
    res.json({ id: user?.sub, session: user?.sid, plan: user?.plan })
  })
  auth.middleware({ sessionStore })
  auth.keywright.on('identity.session.revoked', (event) => console.log(event.sessionId))
  const options: RouterOptions = {
    onRegister: async (data) => {
      if (typeof data.email !== 'string') throw new AuthError('An address is needed', 'EMAIL_REQUIRED', 400)
      return users.create({ email: data.email, plan: 'free' })
    },
    rateLimiter: (_req: Request, _res: object, next: () => void) => next(),
  }
  app.use('/more', auth.router(options))
  // @ts-expect-error a store that lacks methods
  auth.router({ sessionStore: { createSession: sessionStore.createSession } })
  // @ts-expect-error a feature that is not there yet
  auth.router({ rbacStore: {} })
  // @ts-expect-error the arguments the other way round
  createAuthRouter(config, users)
  // @ts-expect-error a user store that lacks methods
  new AuthConfigurator(config, { findByEmail: users.findByEmail })
}

/** What the documented store is declared as. */
export class Declared implements ISessionStore {
  createSession = async (info: Omit<SessionInfo, 'sessionHandle'>): Promise<SessionInfo> => ({ sessionHandle: 'a', ...info })
  getSession = async (_sessionHandle: string): Promise<SessionInfo | null> => null
  getSessionsForUser = async (_userId: string): Promise<SessionInfo[]> => []
  updateSessionLastActive = async (_sessionHandle: string): Promise<void> => {}
  revokeSession = async (_sessionHandle: string): Promise<void> => {}
  revokeAllSessionsForUser = async (_userId: string): Promise<void> => {}
  deleteExpiredSessions = async (): Promise<void> => {}
}
