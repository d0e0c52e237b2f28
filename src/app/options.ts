/**
 * The options of `createAuth`, as types for people and as a schema for what arrives.
 *
 * @module
 */
import { z } from 'zod'
import type { AdminOptions } from '../features/admin/index.ts'
import type { VerificationMode } from '../features/email/index.ts'
import type { Hooks, Stores } from '../features/feature.ts'
import type { ImpersonationOptions } from '../features/impersonation/index.ts'
import type { IQueueAdapter } from '../features/jobs/index.ts'
import type { MailOptions } from '../features/mail/index.ts'
import type { BreachedPasswords } from '../features/password/index.ts'
import type { BuildTokenPayload } from '../features/sessions/index.ts'
import type { Fixed } from '../features/settings/index.ts'
import type { TelemetryOptions } from '../features/telemetry/index.ts'
import type { User } from '../features/users/index.ts'
import type { Logger } from '../kernel/ambient/ambient.ts'
import { type Duration, duration } from '../kernel/contract/duration.ts'
import { type LimitClass, type LimitRow, limitTable } from '../kernel/contract/limits.ts'
import type { LimitStore } from '../kernel/http/limits.ts'
import { basePathOf } from '../kernel/http/setup.ts'
import type { SessionBus } from '../storage/changes.ts'
import type { Storage } from '../storage/types.ts'
import { type Feature, isFeature } from './host-feature.ts'

/** Three required values; then one key per feature; then features, hooks, http, infra. */
export interface AuthOptions<C extends object = object, F extends readonly Feature[] = readonly Feature[]> {
  /** Where people reach the application, such as `https://app.example.com`. Links, cookies and tokens derive from it, and its path stands before every route. */
  readonly baseUrl: string
  /**
   * At least 32 bytes; while rotating a list, newest first. Several nodes are first all given the new one as the last, then as the first,
   * and the old one leaves the list when every node has booted with both.
   */
  readonly secret: string | readonly [newest: string, ...older: string[]]
  readonly storage: Storage
  readonly users?: {
    readonly identifiers?: readonly ('email' | 'username' | 'phone')[]
    readonly registration?: boolean | Fixed<boolean>
    readonly defaultRole?: string
  }
  readonly password?: {
    readonly minLength?: number | Fixed<number>
    /** A hash as another system made it, whoever's: while such hashes are about, a login costs as much whichever kind somebody has, or none. */
    readonly legacyHash?: string
    /** Whether passwords known from a breach are refused: by Have I Been Pwned, or by whom you ask. Five characters of a digest leave the house. */
    readonly breached?: boolean | BreachedPasswords
    /** Whether there is `POST /password/advice`, for pages that say how good a password is while it is typed. */
    readonly advice?: boolean
  }
  readonly sessions?: {
    readonly accessTtl?: Duration
    readonly idle?: Duration
    readonly absolute?: Duration
    /** How many sessions of one user live at once (100); a login beyond it ends the oldest. */
    readonly perUser?: number
    readonly buildTokenPayload?: (user: User, at: { tenantId: string; sessionHandle: string }) => C | Promise<C>
  }
  readonly account?: {
    /** How long an account waits to be deleted, while a link in a mail takes it back (14 days where there is mail); `false`: it goes at once. */
    readonly grace?: Duration | false | Fixed<Duration | false>
  }
  readonly signing?: {
    readonly algorithm?: 'EdDSA' | 'ES256' | 'RS256'
    readonly overlap?: Duration
    readonly keys?: readonly string[]
  }
  /** Whether people find pages of ours to log in, register, follow mails to and look after their account (`true`), and how they look. */
  readonly pages?:
    | boolean
    | {
        /** What pages call the application, if not as mails do. */
        readonly siteName?: string | Fixed<string>
        /** The colour of buttons and links, such as `#2546d0`. */
        readonly primaryColor?: string | Fixed<string>
        /** The picture beside the name: a path of the same origin, such as `/logo.svg`. */
        readonly logoUrl?: string | Fixed<string>
        /** Whether `/account` is ours (`true`). */
        readonly account?: boolean
      }
  /** Pages of the application in place of ours. */
  readonly links?: {
    /** Where mails lead: the token is added as `?token=`. */
    readonly resetPassword?: string
    readonly verifyEmail?: string
    readonly changeEmail?: string
    readonly revertEmail?: string
    readonly restoreAccount?: string
    /** Where a new password is asked for: nothing is added. */
    readonly forgotPassword?: string
    /** Where a login on our page leads that was not asked for another place. */
    readonly afterLogin?: string
  }
  /** Mail leaves the house; without it whatever needs mail is off. */
  readonly mail?: MailOptions
  /** Addresses are proved by mail; without it nobody is asked to. */
  readonly email?: {
    /** Who has to have proved their address to be let in: nobody, whoever is no newcomer any more, or everybody. */
    readonly verification?: VerificationMode | Fixed<VerificationMode>
    /** What an address is proved with: its mail alone, or also the password, so that nobody confirms an account somebody else opened. */
    readonly confirmWith?: 'mail' | 'password' | Fixed<'mail' | 'password'>
    /** How long `lazy` takes somebody for a newcomer. */
    readonly grace?: Duration | Fixed<Duration>
  }
  /** The panel and the operators' API under `/admin`; without it neither is there. */
  readonly admin?: boolean | AdminOptions
  /** Operators who may manage people can see what one of them sees, for a while, with a reason; off unless it says otherwise. */
  readonly impersonation?: boolean | ImpersonationOptions
  /** What people are told by mail, where there is mail: all of it, unless it says otherwise. */
  readonly notices?: {
    readonly newDevice?: boolean | Fixed<boolean>
    readonly passwordChanged?: boolean | Fixed<boolean>
    readonly refreshReuse?: boolean | Fixed<boolean>
  }
  /** Keeps what happened, for operators to look at and for charts, and takes what the application tracks; off unless it says otherwise. */
  readonly telemetry?: boolean | TelemetryOptions
  /** The application's own tables in place of ours. */
  readonly stores?: Partial<Stores>
  readonly features?: F
  readonly hooks?: Hooks
  readonly http?: {
    readonly basePath?: `/${string}`
    readonly origins?: readonly string[]
    readonly csrf?: 'origin' | 'token'
    readonly trustProxy?: readonly string[]
    readonly docs?: boolean | 'auto'
    readonly limits?: false | Partial<Record<LimitClass, LimitRow>>
    readonly deadline?: Duration
  }
  readonly infra?: {
    readonly bus?: SessionBus
    readonly limits?: LimitStore
    readonly logger?: Logger
    /** A queue of yours between your processes; without one they share the table of jobs. */
    readonly queue?: IQueueAdapter
    /** Whether this process works on jobs (mail, listeners with a name) and cleans up; at least one has to. */
    readonly runJobs?: boolean
  }
}

const secret = z
  .string()
  .refine((value) => Buffer.byteLength(value) >= 32, { error: 'at least 32 bytes; make one with: openssl rand -base64 32' })
const opaque = <T>(what: string) => z.custom<T>((value) => typeof value === 'object' && value !== null, { error: what })
const link = z.url({ protocol: /^https?$/ })
const limit = z.strictObject({ limit: z.number().int().positive(), per: z.number().int().positive() })
const limitRow = z.strictObject({
  address: limit.optional(),
  subject: limit.optional(),
  overall: limit.optional(),
  shared: z.boolean(),
})

/** Parses everything but the features' own keys, which their folders parse. */
export const optionsSchema = z.strictObject({
  baseUrl: z.url({ protocol: /^https?$/ }),
  secret: z.union([secret, z.array(secret).min(1)]).transform((value) => (typeof value === 'string' ? [value] : value)),
  storage: opaque<Storage>('a storage: sqlite(...) or postgres(...)'),
  users: z.unknown().optional(),
  password: z.unknown().optional(),
  sessions: z.unknown().optional(),
  account: z.unknown().optional(),
  signing: z.unknown().optional(),
  mail: z.unknown().optional(),
  pages: z.union([z.boolean(), z.record(z.string(), z.unknown())]).default(true),
  email: z.unknown().optional(),
  admin: z.unknown().optional(),
  impersonation: z.unknown().optional(),
  notices: z.unknown().optional(),
  telemetry: z.unknown().optional(),
  links: z
    .strictObject({
      resetPassword: link.optional(),
      verifyEmail: link.optional(),
      changeEmail: link.optional(),
      revertEmail: link.optional(),
      restoreAccount: link.optional(),
      forgotPassword: link.optional(),
      afterLogin: link.optional(),
    })
    .prefault({}),
  stores: z
    .strictObject({
      users: opaque<Stores['users']>('an IUserStore').optional(),
      passwords: opaque<Stores['passwords']>('an IPasswordStore').optional(),
      sessions: opaque<Stores['sessions']>('an ISessionStore').optional(),
      templates: opaque<Stores['templates']>('an ITemplateStore').optional(),
      telemetry: opaque<Stores['telemetry']>('an ITelemetryStore').optional(),
    })
    .prefault({}),
  features: z.array(z.custom<Feature>(isFeature, { error: 'a feature made by feature()' })).default([]),
  hooks: z
    .strictObject({
      beforeRegister: z.custom<NonNullable<Hooks['beforeRegister']>>().optional(),
      beforeLogin: z.custom<NonNullable<Hooks['beforeLogin']>>().optional(),
      beforeDelete: z.custom<NonNullable<Hooks['beforeDelete']>>().optional(),
      inTransaction: z.custom<NonNullable<Hooks['inTransaction']>>().optional(),
    })
    .prefault({}),
  http: z
    .strictObject({
      basePath: z.string().startsWith('/').default('/auth').transform(basePathOf),
      origins: z.array(z.string()).default([]),
      csrf: z.enum(['origin', 'token']).default('origin'),
      trustProxy: z.array(z.string()).default([]),
      docs: z.union([z.boolean(), z.literal('auto')]).default('auto'),
      limits: z
        .union([
          z.literal(false),
          z.strictObject(Object.fromEntries(Object.keys(limitTable).map((name) => [name, limitRow.optional()]))),
        ])
        .default({}),
      deadline: duration().prefault('15s'),
    })
    .prefault({}),
  infra: z
    .strictObject({
      bus: opaque<SessionBus>('a session bus, such as redisBus(client)').optional(),
      limits: opaque<LimitStore>('a store of limits, such as redisLimits(client)').optional(),
      logger: opaque<Logger>('a logger').optional(),
      queue: opaque<IQueueAdapter>('an IQueueAdapter').optional(),
      runJobs: z.boolean().default(true),
    })
    .prefault({}),
})

export type { BuildTokenPayload }
