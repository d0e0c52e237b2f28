/**
 * node-auth's `createAdminRouter`: our panel and its API, with node-auth's words for who may come in.
 *
 * Invariant: the door is never open. Without a secret and a policy there is no router; the secret is for scripts, compared in constant time, and
 * what the house itself knows is a random one, so whoever guesses at the house guesses at that.
 * Not here: what operators do. It is the house's, and so is its document.
 *
 * @module
 */
import { z } from 'zod'
import { type Auth, BootError } from '../../index.ts'
import type { ISessionStore } from '../../stores.ts'
import { assertAvailable, withoutAbsent } from './config.ts'
import { notFound } from './refusals.ts'
import { assertSessionStore } from './session-store.ts'
import { type BaseUser, type IUserStore, idOf } from './user-store.ts'
import type { Core, World } from './world.ts'

/** Who may come in, and what is there. */
export interface AdminOptions {
  /** A bearer token for scripts, at least 32 bytes. People log in at the panel, which takes an `accessPolicy`. */
  adminSecret?: string | undefined
  /**
   * Which people are operators: whoever has `isAdmin` or the role `admin` or `owner` in their row, whoever comes first in `listUsers`, or whom your
   * function takes for one.
   */
  accessPolicy?: 'first-user' | 'is-admin-flag' | ((user: BaseUser) => boolean | Promise<boolean>) | undefined
  /** That of the router. */
  sessionStore?: ISessionStore | undefined
  /** Changes nothing: the panel has sessions of its own. */
  jwtSecret?: string | undefined
  /** Its document is for operators alone. */
  swagger?: false | 'auto' | undefined
}

/** Where the panel is: its document and its files name the path. */
export const panelMount = '/admin'

/** Options that were read. */
export interface AdminSettings {
  readonly secret: string | undefined
  readonly policy: AdminOptions['accessPolicy']
  readonly sessionStore: ISessionStore | undefined
}

const later = [
  'rbacStore',
  'tenantStore',
  'userMetadataStore',
  'settingsStore',
  'linkedAccountsStore',
  'apiKeyStore',
  'webhookStore',
  'templateStore',
  'rootUser',
  'uploadDir',
  'uploadBaseUrl',
  'cookiePrefix',
  'apiPrefix',
  'swaggerBasePath',
  'loginPath',
]

const schema = z.strictObject({
  adminSecret: z
    .string()
    .refine((value) => Buffer.byteLength(value) >= 32, { error: 'at least 32 bytes; make one with: openssl rand -base64 32' })
    .optional(),
  accessPolicy: z
    .union(
      [
        z.enum(['first-user', 'is-admin-flag']),
        z.custom<Exclude<AdminOptions['accessPolicy'], string>>((value) => typeof value === 'function'),
      ],
      { error: "'first-user', 'is-admin-flag' or a function: nobody is let in unasked" },
    )
    .optional(),
  sessionStore: z.unknown().optional(),
  jwtSecret: z.string().optional(),
  swagger: z
    .union([z.literal(false), z.literal('auto')], { error: "false or 'auto': operators find it behind the door" })
    .optional(),
})

/**
 * Reads the options of a panel.
 *
 * @throws BootError that names the option, or says that nothing would keep anybody out
 */
export function readAdminOptions(given: AdminOptions, users: IUserStore, world: World): AdminSettings {
  const named = withoutAbsent(given)
  assertAvailable(named, later, 'admin: ')
  const { adminSecret, accessPolicy } = world.parse(schema, named, 'admin')
  if (adminSecret === undefined && accessPolicy === undefined)
    throw new BootError(
      'createAdminRouter has neither an adminSecret nor an accessPolicy',
      'Say who may come in: it is open to nobody otherwise.',
    )
  if (accessPolicy === 'first-user' && !users.listUsers)
    throw new BootError("accessPolicy 'first-user' cannot be told", 'Give your user store listUsers(), or name another policy.')
  if (given.sessionStore !== undefined) assertSessionStore(given.sessionStore)
  return { secret: adminSecret, policy: accessPolicy, sessionStore: given.sessionStore }
}

/** Whether a policy takes somebody for an operator; the row is read afresh. */
export async function admits({ policy }: AdminSettings, users: IUserStore, userId: string): Promise<boolean> {
  if (policy === undefined) return false
  if (policy === 'first-user') {
    const [first] = (await users.listUsers?.(1, 0)) ?? []
    return first !== undefined && idOf(first) === userId
  }
  const user = await users.findById(userId)
  if (!user) return false
  if (policy === 'is-admin-flag') return user.isAdmin === true || ['admin', 'owner'].includes(user.role ?? '')
  return (await policy(user)) === true
}

/** What the panel's core is made of. */
interface AdminParts {
  readonly auth: Pick<Auth, 'handle' | 'refuse'>
  readonly secret: string | undefined
  /** The secret that the house knows. */
  readonly houseSecret: string
  readonly world: Pick<World, 'equal'>
}

/** The panel as something that answers requests below its path, and no others. */
export function createAdminCore({ auth, secret, houseSecret, world }: AdminParts): Core {
  const isSecret = (text: string | undefined) => secret !== undefined && text !== undefined && world.equal(text, secret)

  function forwarded(request: Request): Request {
    const bearer = /^bearer\s+(\S.*)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
    if (!isSecret(bearer)) return request
    const headers = new Headers(request.headers)
    headers.set('authorization', `Bearer ${houseSecret}`)
    const { url, method, signal, body } = request
    return new Request(url, { method, headers, signal, ...(body !== null && { body, duplex: 'half' as const }) })
  }

  return {
    // A path whose dots lead elsewhere is none of the panel's.
    handle: async (request, from) =>
      isOfPanel(new URL(request.url).pathname) ? auth.handle(forwarded(request), from) : auth.refuse(request, notFound()),
    refuse: auth.refuse,
    owns: () => true,
  }
}

/** Whether a path is the panel's. */
export const isOfPanel = (path: string): boolean => path === panelMount || path.startsWith(`${panelMount}/`)
