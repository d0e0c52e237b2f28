/**
 * `AuthConfig` of node-auth, read strictly: what we do, what changes nothing here, and what is refused because nobody would do it.
 *
 * Invariant: no option is dropped in silence. One of a feature that does not exist yet is a `BootError` that names it.
 *
 * @module
 */
import ms, { type StringValue } from 'ms'
import { z } from 'zod'
import { type AuthOptions, BootError } from '../../index.ts'
import type { ITemplateStore } from '../../stores.ts'
import type { BuildTokenPayload } from './claims.ts'
import {
  assertTemplates,
  type EmailConfig,
  type Links,
  linksShape,
  type Mailing,
  mailingShape,
  readMailing,
  templateStore,
} from './mailing.ts'
import type { BaseUser } from './user-store.ts'
import type { World } from './world.ts'

/** Options of `createAuth`, under their names there, for what node-auth has no word for. */
export interface KeywrightOptions extends Partial<Pick<AuthOptions, 'baseUrl' | 'storage' | 'infra' | 'notices'>> {
  readonly http?: Pick<NonNullable<AuthOptions['http']>, 'trustProxy' | 'limits'>
  /** Pages of yours that mails lead to with `?token=`, in place of ours under the router. */
  readonly links?: Links
}

/** What node-auth is told. */
export interface AuthConfig {
  /** At least 32 bytes each, and not the same; both together are our secret. */
  accessTokenSecret: string
  refreshTokenSecret: string
  /** `'15m'` unless it says otherwise; a number counts seconds. */
  accessTokenExpiresIn?: string | number | undefined
  /** `'7d'`: how long a session lives unused. */
  refreshTokenExpiresIn?: string | number | undefined
  /** Where the router is mounted, `'/auth'` unless it says otherwise: the links of mails lead there. */
  apiPrefix?: string | undefined
  cookieOptions?: CookieOptions | undefined
  csrf?: { enabled?: boolean | undefined } | undefined
  /**
   * What the bcrypt hashes in your table cost: 12 unless it says otherwise, at most 14. Every login costs as much besides, so that time does not
   * tell who has one. 0 once there are none. Hashes are made with argon2id.
   */
  bcryptSaltRounds?: number | undefined
  email?: EmailConfig | undefined
  /**
   * Who has to have proved their address to log in: nobody, whoever is past the `emailVerificationDeadline` of their row, everybody. Other than
   * `none` it needs a way to send mail, and a user store with `updateEmailVerified`.
   */
  emailVerificationMode?: 'none' | 'lazy' | 'strict' | undefined
  /** What `'strict'` was called before. */
  requireEmailVerification?: boolean | undefined
  /** Templates of the mails that `email.mailer` sends. */
  templateStore?: ITemplateStore | undefined
  /** Adds claims to tokens and to `req.user`. */
  buildTokenPayload?(user: BaseUser): object | Promise<object>
  /** Changes nothing: a session is looked at on every call. */
  session?: { checkOn?: 'allcalls' | 'refresh' | 'none' | undefined } | undefined
  keywright?: KeywrightOptions | undefined
}

/** Cookies are `SameSite=Lax`, for one host, on `/`. */
export interface CookieOptions {
  secure?: boolean | undefined
  sameSite?: 'lax' | undefined
  path?: '/' | undefined
  /** Changes nothing: there is no refresh cookie. */
  refreshTokenPath?: string | undefined
}

/** What a configuration comes to. */
export interface Settings {
  readonly baseUrl: string
  readonly secret: string
  readonly accessMs: number
  readonly sessionMs: number
  readonly csrf: 'origin' | 'token'
  /** A bcrypt hash that opens to nobody, as expensive as those in their table. */
  readonly legacyHash: string | undefined
  readonly buildTokenPayload: BuildTokenPayload | undefined
  /** What paths begin with, without a slash at the end. */
  readonly prefix: string
  readonly mailing: Mailing | undefined
  readonly verification: 'none' | 'lazy' | 'strict'
  readonly templates: ITemplateStore | undefined
  readonly keywright: KeywrightOptions
}

const lasting = z
  .union([z.string(), z.number()])
  .transform((value) => (typeof value === 'number' ? value * 1000 : ms(value as StringValue)))
  .refine((length) => Number.isInteger(length) && length >= 1000, { error: "a time like '15m' or '7d', or a number of seconds" })

const schema = z.strictObject({
  accessTokenSecret: z.string(),
  refreshTokenSecret: z.string(),
  accessTokenExpiresIn: lasting.prefault('15m'),
  refreshTokenExpiresIn: lasting.prefault('7d'),
  apiPrefix: z.string().optional(),
  cookieOptions: z
    .strictObject({
      secure: z.boolean().optional(),
      sameSite: z.literal('lax', { error: "only 'lax': cookies are SameSite=Lax" }).optional(),
      path: z.literal('/', { error: "only '/': cookies are for one host and all of its paths" }).optional(),
      refreshTokenPath: z.string().optional(),
    })
    .prefault({}),
  csrf: z.strictObject({ enabled: z.boolean().default(false) }).prefault({}),
  bcryptSaltRounds: z
    .number()
    .refine((cost) => cost === 0 || (Number.isInteger(cost) && cost >= 4 && cost <= 14), {
      error: 'what your bcrypt hashes cost, 4 to 14, or 0 where there are none',
    })
    .default(12),
  email: z.strictObject({ siteUrl: z.union([z.string(), z.array(z.string()).min(1)]).optional(), ...mailingShape }).prefault({}),
  emailVerificationMode: z.enum(['none', 'lazy', 'strict']).optional(),
  requireEmailVerification: z.boolean().optional(),
  templateStore: templateStore.optional(),
  buildTokenPayload: z.custom<BuildTokenPayload>((value) => typeof value === 'function', { error: 'a function' }).optional(),
  session: z.strictObject({ checkOn: z.enum(['allcalls', 'refresh', 'none']).optional() }).prefault({}),
  keywright: z
    .strictObject({
      baseUrl: z.string().optional(),
      storage: z.custom<AuthOptions['storage']>().optional(),
      infra: z.custom<NonNullable<AuthOptions['infra']>>().optional(),
      http: z.custom<NonNullable<KeywrightOptions['http']>>().optional(),
      notices: z.custom<NonNullable<AuthOptions['notices']>>().optional(),
      links: linksShape.optional(),
    })
    .prefault({}),
})

/** Options of features that are not there yet. */
const later = {
  config: ['sms', 'oauth', 'twoFactor', 'ui', 'idProvider', 'resourceServer'],
  email: ['sendMagicLink', 'sendWelcome'],
}

/**
 * Reads a configuration.
 *
 * @throws BootError that names the option
 */
export function readConfig(given: unknown, world: World): Settings {
  const named = withoutAbsent(given)
  assertAvailable(named, later.config)
  assertAvailable(withoutAbsent(named.email), later.email, 'email.')
  if (withoutAbsent(named.cookieOptions).domain !== undefined)
    throw new BootError('cookieOptions.domain is not available', 'Leave it out: cookies belong to one host.')
  const config = world.parse(schema, {
    ...named,
    email: withoutAbsent(named.email),
    cookieOptions: withoutAbsent(named.cookieOptions),
  })
  // Their functions are called on the object they stand in.
  const mailing = readMailing(Object(named.email) as EmailConfig)
  assertTemplates(config.templateStore, mailing)
  return {
    baseUrl: baseUrlOf(config, world),
    secret: secretOf(config, world),
    accessMs: config.accessTokenExpiresIn,
    sessionMs: config.refreshTokenExpiresIn,
    csrf: config.csrf.enabled ? 'token' : 'origin',
    legacyHash: config.bcryptSaltRounds === 0 ? undefined : bcryptOfNobody(config.bcryptSaltRounds),
    buildTokenPayload: config.buildTokenPayload,
    prefix: prefixOf(config.apiPrefix),
    mailing,
    verification: config.emailVerificationMode ?? (config.requireEmailVerification ? 'strict' : 'none'),
    templates: config.templateStore,
    keywright: config.keywright as KeywrightOptions, // no key in it is `undefined`: absent ones are left out
  }
}

/** A prefix with one slash before it and none behind. */
export const prefixOf = (prefix = '/auth'): string => `/${prefix}`.replace(/^\/+/, '/').replace(/\/+$/, '')

/** An option that is `undefined`, or a feature that is switched off, was not named. */
export function withoutAbsent(given: unknown): Record<string, unknown> {
  const isAbsent = (value: unknown) =>
    value === undefined || (typeof value === 'object' && value !== null && Reflect.get(value, 'enabled') === false)
  return Object.fromEntries(Object.entries(Object(given)).filter(([, value]) => !isAbsent(value)))
}

/** @throws BootError for an option of a feature that is not there yet */
export function assertAvailable(given: Readonly<Record<string, unknown>>, names: readonly string[], prefix = ''): void {
  const named = names.find((name) => given[name] !== undefined)
  if (named !== undefined) throw notYet(prefix + named)
}

const notYet = (name: string): BootError =>
  new BootError(`${name} is not available yet`, 'Leave it out; the guide says what of node-auth is here.')

/** Salt and tag of zeros, to be worked on and matched by no password anybody knows. */
const bcryptOfNobody = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`

type Config = z.output<typeof schema>

const isRehearsal = ({ env }: World): boolean => ['development', 'test'].includes(env.NODE_ENV ?? '')
const leastBytes = 32

function secretOf({ accessTokenSecret, refreshTokenSecret }: Config, world: World): string {
  const secrets = { accessTokenSecret, refreshTokenSecret }
  if (accessTokenSecret === refreshTokenSecret)
    throw new BootError('accessTokenSecret and refreshTokenSecret are the same', 'Make a second one: openssl rand -base64 32')
  const weak = Object.entries(secrets).find(([, secret]) => Buffer.byteLength(secret) < leastBytes)?.[0]
  if (weak !== undefined) {
    const remedy = 'Make one with: openssl rand -base64 32'
    if (!isRehearsal(world)) throw new BootError(`${weak} has less than ${leastBytes} bytes`, remedy)
    world.warn(`${weak} has less than ${leastBytes} bytes and is taken only with NODE_ENV=development or test. ${remedy}`)
  }
  return JSON.stringify(Object.values(secrets)).padEnd(leastBytes)
}

function baseUrlOf({ cookieOptions, email, keywright }: Config, world: World): string {
  const [first, ...others] = [email.siteUrl].flat()
  if (others.length > 0)
    world.warn(
      'email.siteUrl names several addresses, and only the first is used: the others are for links that mails bring back to.',
    )
  const named = keywright.baseUrl ?? first
  if (named !== undefined) {
    if (cookieOptions.secure && named.startsWith('http:'))
      throw new BootError(
        'cookieOptions.secure asks for https, and email.siteUrl is http',
        'Set email.siteUrl to the https address.',
      )
    return named
  }
  const where = 'Set email.siteUrl to where people reach the application.'
  if (!cookieOptions.secure && !isRehearsal(world))
    throw new BootError(
      'nothing says where people reach the application, and plain http is assumed only with NODE_ENV=development or test',
      `${where} Or set cookieOptions.secure.`,
    )
  const assumed = `${cookieOptions.secure ? 'https' : 'http'}://localhost`
  world.warn(`Nothing says where people reach the application: ${assumed} is assumed. ${where}`)
  return assumed
}
