import { z } from 'zod'
import type { ISessionStore } from '../../stores.ts'
import { type AuthConfig, assertAvailable, withoutAbsent } from './config.ts'
import { assertSessionStore } from './session-store.ts'
import type { BaseUser } from './user-store.ts'
import type { World } from './world.ts'

/** What a router is told. */
export interface RouterOptions {
  /** Where the application keeps its session records; `POST /sessions/cleanup` is mounted if it has `deleteExpiredSessions`. */
  sessionStore?: ISessionStore | undefined
  /**
   * Makes a user of what was posted to `/register`, which is mounted only with it. Validating, looking for a duplicate and hashing are yours;
   * `email` arrives in the spelling it will be looked up by.
   *
   * @throws AuthError of this module to refuse
   */
  onRegister?(data: Record<string, unknown>, config: AuthConfig, options: RouterOptions): BaseUser | Promise<BaseUser>
  /** An Express middleware in front of every route, besides our own limits. */
  rateLimiter?: ((req: never, res: never, next: never) => unknown) | undefined
  cors?: { origins: string[] } | undefined
  /** As in the configuration, which it goes before. */
  apiPrefix?: string | undefined
  swagger?: false | 'auto' | undefined
}

const later = [
  'googleStrategy',
  'githubStrategy',
  'oauthStrategies',
  'metadataStore',
  'rbacStore',
  'tenantStore',
  'linkedAccountsStore',
  'pendingLinkStore',
  'settingsStore',
  'swaggerBasePath',
  'uiAssetsDir',
  'uploadDir',
  'ui',
]

const callable = (what: string) => z.custom<unknown>((value) => typeof value === 'function', { error: what }).optional()

const schema = z.strictObject({
  sessionStore: z.unknown().optional(),
  onRegister: callable('a function'),
  rateLimiter: callable('an Express middleware'),
  cors: z.strictObject({ origins: z.array(z.string()) }).optional(),
  apiPrefix: z.string().optional(),
  swagger: z
    .union([z.literal(false), z.literal('auto')], { error: 'only false: its API document is not available yet' })
    .optional(),
})

/**
 * Reads the options of a router.
 *
 * @throws BootError that names the option
 */
export function readRouterOptions(given: RouterOptions, world: World): RouterOptions {
  const named = withoutAbsent(given)
  assertAvailable(named, later, 'router: ')
  world.parse(schema, named, 'router')
  if (named.sessionStore !== undefined) assertSessionStore(named.sessionStore)
  return given
}
