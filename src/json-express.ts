/**
 * `@json-express/plugin-identity`, over Keywright's sessions: change the import and keep your `.env`.
 *
 * @module
 */
import { buildAuth } from './app/build.ts'
import { Identity, type PluginDeps } from './compat/json-express/identity.ts'
import type { EmailMessage } from './compat/json-express/kernel.ts'
import { type EmailTemplateContext, passwordReset, verification } from './compat/json-express/mail.ts'
import { type IssuedTokenPayload, issue, type JwtIssuerConfig } from './compat/json-express/tokens.ts'
import type { World } from './compat/json-express/world.ts'
import { createStandaloneHasher } from './features/password/index.ts'
import { realAmbient } from './kernel/ambient/ambient.ts'
import { environment } from './kernel/ambient/environment.ts'
import { parseOptions } from './kernel/config/options.ts'
import { oneSpelling } from './kernel/contract/spelling.ts'
import { sha256Hex } from './kernel/crypto/plain.ts'
import { randomToken } from './kernel/crypto/random.ts'
import { createVerifier } from './verify.ts'

export type { PluginDeps } from './compat/json-express/identity.ts'
export type {
  AccessRule,
  AuthRules,
  EmailMessage,
  FieldDefinition,
  IConfigProvider,
  IDatabaseAdapter,
  IEmailProvider,
  IKvStore,
  ILogger,
  IPlugin,
  IQueueAdapter,
  JsonExpressKernel,
  JsonRequest,
  JsonResponse,
  ModelHooks,
  ModelSchema,
  QueuedJob,
  Requirement,
  RouteDefinition,
  Row,
} from './compat/json-express/kernel.ts'
export type { EmailTemplateContext } from './compat/json-express/mail.ts'
export { identitySchemas, roleModel, userModel } from './compat/json-express/models.ts'
export type { IssuedTokenPayload, JwtIssuerConfig } from './compat/json-express/tokens.ts'

/**
 * The plugin, as the runtime constructs it.
 *
 * @example
 * ```ts
 * import IdentityPlugin, { type IConfigProvider, type ILogger, type JsonExpressKernel } from 'keywright/json-express'
 *
 * export async function boot(kernel: JsonExpressKernel, configProvider: IConfigProvider, logger: ILogger) {
 *   const plugin = new IdentityPlugin({ configProvider, logger })
 *   await plugin.onBoot(kernel, configProvider)
 *   plugin.keywright.on('identity.auth.login.success', (event) => logger.info('logged in', { userId: event.userId }))
 * }
 * ```
 */
export class IdentityPlugin extends Identity {
  constructor(deps: PluginDeps) {
    super(deps, realWorld())
  }
}

export default IdentityPlugin

/** What the hashes in the collection cost already: were ours cheaper, time would tell who has which, and who has none. */
const hashParameters = { memoryCost: 65_536, timeCost: 3, parallelism: 1 }

let shared: Pick<World, 'hasher' | 'now'> | undefined

/** One pool of hashes for what is hashed outside the house, whoever hashes it. */
function outside(): Pick<World, 'hasher' | 'now'> {
  const ambient = realAmbient()
  shared ??= { hasher: createStandaloneHasher(ambient, hashParameters), now: ambient.clock.now }
  return shared
}

function realWorld(): World {
  return {
    ...outside(),
    env: environment(),
    createAuth: (options, terms) => buildAuth(options, realAmbient(options.infra?.logger), { ...terms, hashParameters }).auth,
    createVerifier,
    randomToken,
    parse: parseOptions,
    spell: oneSpelling,
  }
}

/**
 * Hashes a password with argon2id.
 *
 * @example
 * ```ts
 * const passwordHash = await hashPassword('correct horse battery')
 * ```
 */
export const hashPassword = (plain: string): Promise<string> => outside().hasher.hash(plain)

/**
 * Whether a password is the one a hash was made of; false for a text that is no hash.
 *
 * @example
 * ```ts
 * const isRight = await verifyPassword(await hashPassword('correct horse battery'), 'correct horse battery')
 * ```
 */
export const verifyPassword = async (hash: string, plain: string): Promise<boolean> =>
  (await outside().hasher.verify(plain, hash)).ok

/**
 * A fresh secret of 32 random bytes, as base64url.
 *
 * @example
 * ```ts
 * const stored = hashRandomToken(generateRandomToken())
 * ```
 */
export const generateRandomToken = (): string => randomToken(32)

/**
 * What is stored instead of such a secret: its SHA-256, as hexadecimal digits.
 *
 * @example
 * ```ts
 * const key = `invite:${hashRandomToken(generateRandomToken())}`
 * ```
 */
export const hashRandomToken = (token: string): string => sha256Hex(token)

/** {@link generateRandomToken}, under its other name. */
export { generateRandomToken as generateRefreshToken, hashRandomToken as hashRefreshToken }

/**
 * Signs a token (HS256) for services of yours that know the secret. It belongs to no session: the routes refuse it, and nothing ends it before its time.
 *
 * @throws TypeError for a time that is none
 * @example
 * ```ts
 * const token = signAccessToken({ sub: 'reports', role: 'service', email: 'reports@example.com' }, { secret: env.SECRET, ttl: '5m' })
 * ```
 */
export const signAccessToken = (payload: IssuedTokenPayload, config: JwtIssuerConfig): string =>
  issue(payload, config, outside().now())

/**
 * A mail in which somebody confirms their address, for code that sends its own.
 *
 * @example
 * ```ts
 * const mail = verificationEmail({ appName: 'Example', to: 'ada@example.com', actionUrl: 'https://app.example.com/auth/verify', token: 'a token' })
 * ```
 */
export const verificationEmail = (context: EmailTemplateContext): EmailMessage => verification(context)

/**
 * A mail in which somebody chooses a new password, for code that sends its own.
 *
 * @example
 * ```ts
 * const mail = passwordResetEmail({ appName: 'Example', to: 'ada@example.com', actionUrl: 'https://app.example.com/new', token: 'a token' })
 * ```
 */
export const passwordResetEmail = (context: EmailTemplateContext): EmailMessage => passwordReset(context)
