/**
 * node-auth's `AuthConfigurator`, over Keywright's sessions: change the import and keep your code.
 *
 * @module
 */
import type { AdminOptions } from './compat/node-auth/admin.ts'
import type { AuthConfig } from './compat/node-auth/config.ts'
import { type AuthRequestHandler, NodeAuth } from './compat/node-auth/configurator.ts'
import type { RouterOptions } from './compat/node-auth/router-options.ts'
import type { IUserStore } from './compat/node-auth/user-store.ts'
import type { World } from './compat/node-auth/world.ts'
import { createAuth } from './index.ts'
import { realAmbient } from './kernel/ambient/ambient.ts'
import { environment } from './kernel/ambient/environment.ts'
import { BootError } from './kernel/config/boot-error.ts'
import { parseOptions } from './kernel/config/options.ts'
import { oneSpelling } from './kernel/contract/spelling.ts'
import { equal, randomToken } from './kernel/crypto/random.ts'
import { readJson } from './kernel/http/body.ts'
import { toBridge } from './kernel/http/node.ts'
import type { ISessionStore } from './stores.ts'

export type { AdminOptions } from './compat/node-auth/admin.ts'
export type { AccessTokenPayload, BuildTokenPayload } from './compat/node-auth/claims.ts'
export type { AuthConfig, CookieOptions, KeywrightOptions } from './compat/node-auth/config.ts'
export type { AuthRequest, AuthRequestHandler } from './compat/node-auth/configurator.ts'
export type { EmailConfig, MailerConfig } from './compat/node-auth/mailing.ts'
export { AuthError } from './compat/node-auth/refusals.ts'
export type { RouterOptions } from './compat/node-auth/router-options.ts'
export { MemoryTemplateStore } from './compat/node-auth/template-store.ts'
export type { BaseUser, IUserStore } from './compat/node-auth/user-store.ts'
export type { ISessionStore, ITemplateStore, MailTemplate, SessionInfo } from './stores.ts'

/** By the object they were given: `createAuthMiddleware` knows no more of the router it belongs to. */
const known = new WeakMap<AuthConfig, AuthConfigurator>()
/** By the user store, the latest: all that `createAdminRouter` knows of its house. */
const over = new WeakMap<IUserStore, AuthConfigurator>()

/**
 * Routes and a middleware over users and sessions of the application.
 *
 * @example
 * ```ts
 * import { AuthConfigurator, type AuthConfig, type AuthRequest, type ISessionStore, type IUserStore } from 'keywright/node-auth'
 *
 * export function mount(config: AuthConfig, userStore: IUserStore, sessionStore: ISessionStore) {
 *   const auth = new AuthConfigurator(config, userStore)
 *   app.use('/auth', auth.router({ sessionStore }))
 *   app.get('/orders', auth.middleware(), (req, res) => void res.json((req as AuthRequest).user))
 * }
 * ```
 */
export class AuthConfigurator extends NodeAuth {
  /** @throws BootError for a configuration that cannot be used, with a remedy */
  constructor(config: AuthConfig, userStore: IUserStore) {
    super(config, userStore, realWorld())
    known.set(config, this)
    over.set(userStore, this)
  }
}

/**
 * The router of `new AuthConfigurator(config, userStore)`, in one call.
 *
 * @throws BootError for a configuration or options that cannot be used
 * @example
 * ```ts
 * import { createAuthMiddleware, createAuthRouter, type AuthConfig, type IUserStore } from 'keywright/node-auth'
 *
 * export function mount(config: AuthConfig, userStore: IUserStore) {
 *   app.use('/auth', createAuthRouter(userStore, config))
 *   app.get('/orders', createAuthMiddleware(config), (_req, res) => void res.json([]))
 * }
 * ```
 */
export function createAuthRouter(userStore: IUserStore, config: AuthConfig, options: RouterOptions = {}): AuthRequestHandler {
  const before = known.get(config)
  const auth = before?.isOver(userStore) ? before : new AuthConfigurator(config, userStore)
  return auth.router(options)
}

/**
 * The panel of the configurator over the same user store, to be mounted at `/admin`: for people whom the policy takes for operators, and for
 * scripts with the secret.
 *
 * @throws BootError for options that cannot be used, or that would let everybody in
 * @example
 * ```ts
 * import { createAdminRouter, type ISessionStore, type IUserStore } from 'keywright/node-auth'
 *
 * export const panel = (userStore: IUserStore, sessionStore: ISessionStore, adminSecret: string) =>
 *   app.use('/admin', createAdminRouter(userStore, { adminSecret, sessionStore, accessPolicy: 'is-admin-flag' }))
 * ```
 */
export function createAdminRouter(userStore: IUserStore, options: AdminOptions): AuthRequestHandler {
  const auth = over.get(userStore)
  if (auth) return auth.adminRouter(options)
  throw new BootError(
    'createAdminRouter has no router',
    'Make the router first: new AuthConfigurator(config, userStore), over the same user store, in this process.',
  )
}

/**
 * The middleware of the router that was made of the same configuration object, before or after this call.
 *
 * @throws BootError for a session store that is none; the middleware passes one on where there is no router
 * @example
 * ```ts
 * import { createAuthMiddleware, type AuthConfig } from 'keywright/node-auth'
 *
 * export const guarded = (config: AuthConfig) => app.get('/orders', createAuthMiddleware(config), (_req, res) => void res.json([]))
 * ```
 */
export function createAuthMiddleware(config: AuthConfig, sessionStore?: ISessionStore): AuthRequestHandler {
  let guard: AuthRequestHandler | undefined = known.get(config)?.middleware({ sessionStore })
  return (req, res, next) => {
    guard ??= known.get(config)?.middleware({ sessionStore })
    if (guard) return guard(req, res, next)
    next(
      new BootError('createAuthMiddleware has no router', 'Make the router in this process, of the same configuration object.'),
    )
  }
}

function realWorld(): World {
  const { clock } = realAmbient()
  return {
    env: environment(),
    now: clock.now,
    createAuth,
    bridge: toBridge,
    readJson,
    parse: parseOptions,
    spell: oneSpelling,
    randomSecret: randomToken,
    equal,
    warn: (message) => process.emitWarning(message),
  }
}
