/**
 * The identity system underneath: node-auth's stores behind our ports, and the two endpoints that only this face has.
 *
 * @module
 */
import { z } from 'zod'
import { type Auth, type AuthOptions, BootError, contract, endpoint, type Feature, feature, type Logger } from '../../index.ts'
import { sqlite } from '../../sqlite.ts'
import { claimsOf, createClaims } from './claims.ts'
import { type AuthConfig, prefixOf, type Settings } from './config.ts'
import { linksOf, type Mailing } from './mailing.ts'
import { refusing } from './refusals.ts'
import type { RouterOptions } from './router-options.ts'
import { type Has, own } from './routes.ts'
import { canCleanUp, sessionsPort } from './session-store.ts'
import { type IUserStore, idOf, passwordsPort, usersPort } from './user-store.ts'
import type { World } from './world.ts'

const minute = 60_000
/** A key must verify for longer than what it has signed lives. */
const leastOverlapMs = 17 * minute
const ninetyDays = 90 * 24 * 60 * minute
/** Rows say until when somebody is new; any length will do that is the same on both sides. */
const graceMs = 24 * 60 * minute

/** What a house is built of. */
export interface Plan {
  readonly config: AuthConfig
  readonly settings: Settings
  readonly users: IUserStore
  readonly options: RouterOptions
  readonly world: World
  readonly panel: {
    readonly secret: string
    admits(userId: string): Promise<boolean>
  }
}

/** What paths of a router begin with. */
export const prefixIn = ({ options, settings }: Pick<Plan, 'options' | 'settings'>): string =>
  options.apiPrefix === undefined ? settings.prefix : prefixOf(options.apiPrefix)

/** Which routes there are: those whose mails can be sent, and whose change the user store can keep. */
export function routesThere({ settings: { mailing, keywright }, users, options }: Omit<Plan, 'world' | 'panel'>): Has {
  const can = (method: keyof IUserStore) => typeof users[method] === 'function'
  return {
    register: options.onRegister !== undefined,
    cleanup: canCleanUp(options.sessionStore),
    reset: mailing?.canReset === true,
    verification: mailing?.canVerify === true && can('updateEmailVerified'),
    change: mailing?.canChange === true && can('updateEmail'),
    deletion: can('deleteUser'),
    links: keywright.links ?? {},
  }
}

/** @throws BootError for options that cannot be used */
export function buildHouse(plan: Plan): Auth {
  const { settings, users, options, world, panel } = plan
  const { keywright, accessMs, sessionMs } = settings
  const claims = createClaims(users, settings.buildTokenPayload)
  const lasting = (length: number) => `${length}ms` as const
  const auth = world.createAuth({
    baseUrl: new URL(settings.baseUrl).origin, // below which path it is reached is up to whoever mounts the router
    secret: settings.secret,
    storage: keywright.storage ?? inMemory(world),
    users: { registration: { fixed: false } }, // people register by node-auth's own route
    ...(settings.legacyHash !== undefined && { password: { legacyHash: settings.legacyHash } }),
    sessions: {
      accessTtl: lasting(accessMs),
      idle: lasting(sessionMs),
      absolute: lasting(Math.max(ninetyDays, sessionMs)),
      buildTokenPayload: ({ id }) => claims(id),
    },
    signing: { overlap: lasting(Math.max(leastOverlapMs, accessMs + 2 * minute)) },
    stores: {
      users: usersPort(users, { spell: world.spell, graceMs: settings.verification === 'lazy' ? graceMs : undefined }),
      passwords: passwordsPort(users, world.warn),
      ...(options.sessionStore && { sessions: sessionsPort(options.sessionStore) }),
      ...(settings.templates && { templates: settings.templates }),
    },
    ...(settings.mailing && mailOptions(settings.mailing, plan)),
    admin: { secret: panel.secret, policy: ({ id }) => panel.admits(id) }, // of no use until `adminRouter` says to whom
    account: { grace: false }, // whoever deletes their account is gone with the answer
    features: [meFeature(claims, accessMs), ...registerFeature(plan)],
    http: {
      ...httpOf(keywright),
      basePath: `/${prefixIn(plan).slice(1)}`,
      csrf: settings.csrf,
      origins: options.cors?.origins ?? [],
      docs: false,
    },
    pages: settings.mailing !== undefined && { account: false },
    infra: { ...keywright.infra, logger: keywright.infra?.logger ?? warningLogger(world) },
  })
  auth.on('identity.auth.login.success', async ({ userId }) => {
    if (userId !== undefined) await users.updateLastLogin(userId)
  })
  return auth
}

const silence = { newDevice: false, passwordChanged: false, refreshReuse: false }

/** Notices are mails that no function of theirs sends. */
const mailOptions = ({ mail, hasMailer }: Mailing, plan: Plan) => {
  const { baseUrl, verification, keywright } = plan.settings
  return {
    mail,
    email: { verification, grace: `${graceMs}ms` as const },
    links: linksOf(keywright.links ?? {}, { baseUrl, prefix: prefixIn(plan) }),
    notices: hasMailer ? { ...keywright.notices } : silence,
  }
}

/** Where nobody said where lines go: node-auth wrote what failed to the console. */
function warningLogger({ warn }: World): Logger {
  const silent = () => {}
  const say = ({ err }: { readonly err?: unknown }, message: string) =>
    warn(err instanceof Error ? `${message}: ${causesOf(err).join(': ')}` : message)
  return { debug: silent, info: silent, warn: say, error: say }
}

function causesOf({ message, cause }: Error): string[] {
  return [message, ...(cause instanceof Error ? causesOf(cause) : [])]
}

function inMemory({ warn }: World): AuthOptions['storage'] {
  warn('Sessions are kept in memory and end with this process. Set keywright.storage to sqlite(...) or postgres(...).')
  return sqlite(':memory:')
}

/** @throws BootError for what this face decides itself */
function httpOf({ http = {} }: Settings['keywright']) {
  const other = Object.keys(http).find((name) => !['trustProxy', 'limits'].includes(name))
  if (other === undefined) return http
  throw new BootError(`keywright.http.${other} is not an option`, 'Known here: limits, trustProxy.')
}

const Claims = z.record(z.string(), z.unknown())

function meFeature(claims: ReturnType<typeof createClaims>, accessMs: number): Feature {
  const me = contract('nodeAuthMe', {
    me: endpoint({ method: 'GET', path: own.me, access: 'session', summary: 'The claims of the caller', returns: Claims }),
  })
  return feature({
    name: 'node-auth-me',
    contract: me,
    create: () => undefined,
    handlers: () => ({
      me: async ({ ctx, auth, presented }) =>
        claimsOf({ ...auth, claims: await claims(auth.userId) }, presented.bearer, spanAt(ctx.at, accessMs)),
    }),
  })
}

/** A cookie says nothing of time: whoever asks hears when to ask again. */
export function spanAt(at: Date, accessMs: number) {
  const iat = Math.floor(at.getTime() / 1000)
  return { iat, exp: iat + Math.floor(accessMs / 1000) }
}

/** There only with an `onRegister`: who exists is the application's to say. */
function registerFeature({ config, options, world }: Plan): Feature[] {
  if (!options.onRegister) return []
  const contracted = contract('nodeAuthRegister', {
    register: endpoint({
      method: 'POST',
      path: own.register,
      access: 'public',
      summary: 'Have the application create a user',
      rateLimit: 'register',
      limitBy: ({ email }: Registration) => email,
      body: z.looseObject({ email: z.string().max(320).transform(world.spell).optional() }),
      status: 201,
      returns: z.object({ success: z.literal(true), userId: z.string() }),
    }),
  })
  return [
    feature({
      name: 'node-auth-register',
      contract: contracted,
      create: () => undefined,
      handlers: () => ({
        register: async ({ input }) => {
          const user = await refusing(async () => options.onRegister?.({ ...input }, config, options))
          if (user?.id === undefined) throw new Error('onRegister answered no user')
          return { success: true as const, userId: idOf(user) }
        },
      }),
    }),
  ]
}

interface Registration {
  readonly email?: string | undefined
}
