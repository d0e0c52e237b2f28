/**
 * The identity system underneath: the kernel's database, provider and queue behind our ports, and what the keys ask of it.
 *
 * @module
 */
import { type Auth, type AuthOptions, deny, fixed, type Logger } from '../../index.ts'
import { postgres } from '../../postgres.ts'
import { sqlite } from '../../sqlite.ts'
import type { Settings } from './config.ts'
import type { IDatabaseAdapter, IEmailProvider, ILogger, IQueueAdapter, JsonExpressKernel } from './kernel.ts'
import { toCarrier, toQueue } from './mail.ts'
import { type People, passwordsPort, usersPort } from './users.ts'
import type { World } from './world.ts'

/** What the kernel has for us. */
export interface Parts {
  readonly db: IDatabaseAdapter
  readonly mailer: IEmailProvider | undefined
  readonly queue: IQueueAdapter | undefined
}

/** Reads the container. @throws Error that names what has to be installed */
export function partsOf({ container }: JsonExpressKernel): Parts {
  const optional = <T>(name: string): T | undefined => (container.hasRegistration(name) ? container.resolve<T>(name) : undefined)
  if (!container.hasRegistration('middleware:auth'))
    throw new Error('The identity plugin needs @json-express/middleware-auth: nobody else asks for the tokens it makes.')
  if (!container.hasRegistration('kvStore'))
    throw new Error('The identity plugin needs an IKvStore: install @json-express/kv-memory or @json-express/kv-redis.')
  return { db: container.resolve('database'), mailer: optional('emailProvider'), queue: optional('queue') }
}

/** Where our routes are, and the kernel's. */
export const basePath = '/auth'

/** What a login is told that the right password does not open. */
export const withheld = { unverified: 'Email not verified', reset: 'PASSWORD_RESET_REQUIRED' } as const

interface Plan {
  readonly settings: Settings
  readonly parts: Parts
  readonly people: People
  readonly world: World
  readonly logger: ILogger
  /** Hears whose address was proved by which request. */
  proved(correlationId: string | undefined, userId: string | undefined): void
}

const minute = 60_000
const ninetyDays = 90 * 24 * 60 * minute
/** A key must verify for longer than what it has signed lives. */
const leastOverlapMs = 17 * minute

/** @throws BootError for keys that cannot be used */
export function buildHouse({ settings, parts, people, world, logger, proved }: Plan): Auth {
  const { secret, issuer, audience, accessMs, refreshMs, resetMs, verifyMs } = settings
  const lasting = (length: number) => `${length}ms` as const
  const terms = { tokens: { secret, issuer, audience }, linkTtls: { resetPassword: resetMs, verifyEmail: verifyMs } }
  const options: AuthOptions = {
    baseUrl: settings.baseUrl,
    // Another text than the one tokens are signed with, which every verifier of the application has and uses.
    secret: JSON.stringify(['keywright/json-express', secret]).padEnd(32),
    storage: storageAt(settings.database),
    // What a key says holds: no switch of ours is set beside it.
    users: { registration: fixed(settings.allowRegistration), defaultRole: settings.defaultRole },
    password: { minLength: fixed(settings.minPasswordLength) },
    sessions: {
      accessTtl: lasting(accessMs),
      idle: lasting(refreshMs),
      absolute: lasting(Math.max(ninetyDays, refreshMs)),
      buildTokenPayload({ role, email, emailVerified, metadata }) {
        if (metadata.requirePasswordReset) deny(withheld.reset)
        return { role, email, emailVerified }
      },
    },
    signing: { overlap: lasting(Math.max(leastOverlapMs, accessMs + 2 * minute)) },
    stores: { users: usersPort(people), passwords: passwordsPort(people) },
    hooks: {
      beforeLogin({ user }) {
        // An address that is not proved is what people hear of first, and from our core.
        const isProved = user.emailVerified || !settings.requireVerifiedEmail
        if (isProved && user.metadata.requirePasswordReset) deny(withheld.reset)
      },
      inTransaction: {
        'identity.user.email.verified': async ({ correlationId, userId }) => proved(correlationId, userId),
      },
    },
    links: { resetPassword: settings.email.resetUrl, verifyEmail: settings.email.verifyUrl },
    ...mailOf(settings, parts),
    http: { basePath, docs: false },
    infra: { logger: toLogger(logger), ...(parts.mailer && parts.queue && { queue: toQueue(parts.queue) }) },
  }
  return world.createAuth(options, terms)
}

/** Mails speak of the application by the name in front of the address. */
function mailOf({ email, requireVerifiedEmail }: Settings, { mailer }: Parts): Pick<AuthOptions, 'mail' | 'email' | 'notices'> {
  if (!mailer) return {}
  const [, address = email.from ?? 'no-reply@localhost'] = /<([^<>]+)>\s*$/.exec(email.from ?? '') ?? []
  return {
    mail: { from: `${email.appName} <${address}>`, transport: toCarrier(mailer, email.from) },
    email: { verification: requireVerifiedEmail ? 'strict' : 'none', confirmWith: fixed<'mail'>('mail') },
    notices: { newDevice: false }, // clients of JSON Express log in where others refresh: each would be a mail
  }
}

/** `memory`, `postgres://...`, or a file, with `sqlite:` in front of it or without. */
function storageAt(place: string): AuthOptions['storage'] {
  if (/^postgres(ql)?:/.test(place)) return postgres(place)
  return sqlite(place === 'memory' ? ':memory:' : place.replace(/^sqlite:/, ''))
}

const toLogger = (logger: ILogger): Logger => ({
  debug: (details, message) => logger.debug(message, details),
  info: (details, message) => logger.info(message, details),
  warn: (details, message) => logger.warn(message, details),
  error: (details, message) => logger.error(message, details),
})
