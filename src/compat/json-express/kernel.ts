/**
 * What of JSON Express this face meets, by shape: nothing of it is imported.
 *
 * @module
 */

/** A row of a collection. */
export type Row = Readonly<Record<string, unknown>>

/** A request as a transport hands it to a route. */
export interface JsonRequest {
  method: string
  /** With its query, or without. */
  path: string
  body?: unknown
  query?: Record<string, string | undefined>
  params?: Record<string, string | undefined>
  headers: Record<string, string | string[] | undefined>
  /** The caller as the transport knows it: what limits count by. */
  ip?: string | undefined
}

/** What a route answers. */
export interface JsonResponse {
  statusCode?: number
  body?: unknown
  headers?: Record<string, string>
}

/** A route of the kernel. */
export interface RouteDefinition {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  handler(request: JsonRequest): Promise<JsonResponse>
}

/**
 * Where lines go.
 *
 * @example
 * ```ts
 * import type { ILogger } from 'keywright/json-express'
 *
 * const say = (message: string, context?: unknown) => console.log(message, context)
 * const logger: ILogger = { info: say, warn: say, error: say, debug: say, child: () => logger }
 * ```
 */
export interface ILogger {
  info(message: string, context?: unknown): void
  warn(message: string, context?: unknown): void
  error(message: string, context?: unknown): void
  debug(message: string, context?: unknown): void
  child(context: unknown): ILogger
}

/**
 * Where settings come from. How they are spelt outside (`.env`, `JEX__AUTH__SECRET`) is its business.
 *
 * @example
 * ```ts
 * import type { IConfigProvider } from 'keywright/json-express'
 *
 * const given = new Map<string, unknown>([['auth.secret', env.SECRET]])
 * const config: IConfigProvider = {
 *   get: (key, other) => (given.get(key) ?? other) as never,
 *   has: (key) => given.has(key),
 *   set: (key, value) => void given.set(key, value),
 * }
 * ```
 */
export interface IConfigProvider {
  get<T>(key: string, defaultValue?: T): T
  has(key: string): boolean
  set<T>(key: string, value: T): void
}

/**
 * Short-lived values. Asked for at boot, as it always was; refresh tokens and the tokens of mails are in our tables.
 *
 * @example
 * ```ts
 * import type { IKvStore } from 'keywright/json-express'
 *
 * const values = new Map<string, unknown>()
 * const kv: IKvStore = {
 *   get: async (key) => (values.get(key) ?? null) as never,
 *   set: async (key, value) => void values.set(key, value),
 *   delete: async (key) => void values.delete(key),
 * }
 * ```
 */
export interface IKvStore {
  get<T = unknown>(key: string): Promise<T | null>
  set<T = unknown>(key: string, value: T, options?: { ttlMs?: number }): Promise<void>
  delete(key: string): Promise<void>
  isHealthy?(): Promise<boolean>
  shutdown?(): Promise<void>
}

/** A job as a worker gets it. */
export interface QueuedJob {
  name: string
  payload: Readonly<Record<string, unknown>>
}

/**
 * Carries jobs between processes.
 *
 * @example
 * ```ts
 * import type { IQueueAdapter } from 'keywright/json-express'
 *
 * const workers = new Map<string, Parameters<IQueueAdapter['registerWorker']>[1]>()
 * const queue: IQueueAdapter = {
 *   async enqueue(topic, name, payload) {
 *     setImmediate(() => void workers.get(topic)?.({ name, payload }))
 *     return name
 *   },
 *   registerWorker: (topic, work) => void workers.set(topic, work),
 * }
 * ```
 */
export interface IQueueAdapter {
  enqueue(
    queue: string,
    job: string,
    payload: Readonly<Record<string, unknown>>,
    options?: { delay?: number; cron?: string },
  ): Promise<string>
  registerWorker(queue: string, work: (job: QueuedJob) => Promise<void>): void | Promise<void>
  shutdown?(): Promise<void>
}

/** A mail; one of `text` and `html` is there. */
export interface EmailMessage {
  to: string | string[]
  /** Left out, the provider says it. */
  from?: string
  subject: string
  text?: string
  html?: string
  replyTo?: string
  headers?: Record<string, string>
}

/**
 * Carries mail. What it throws is tried again.
 *
 * @example
 * ```ts
 * import type { IEmailProvider } from 'keywright/json-express'
 *
 * const provider: IEmailProvider = { send: async ({ to, subject }) => console.log(to, subject) }
 * ```
 */
export interface IEmailProvider {
  send(message: EmailMessage): Promise<void>
  isHealthy?(): Promise<boolean>
  shutdown?(): Promise<void>
}

/**
 * The database of the application; `users` are in it.
 *
 * @example
 * ```ts
 * import type { IDatabaseAdapter } from 'keywright/json-express'
 *
 * const emailOf = async (db: IDatabaseAdapter, id: string) => (await db.search('users', { id }))[0]?.email
 * ```
 */
export interface IDatabaseAdapter {
  getAll(collection: string): Promise<Row[]>
  /** Throws when there is none. */
  getById(collection: string, id: string): Promise<Row>
  /** Rows whose fields equal these. */
  search(collection: string, query: Row): Promise<Row[]>
  create(collection: string, data: Row): Promise<Row>
  update(collection: string, id: string, data: Row): Promise<Row>
  delete(collection: string, id: string): Promise<unknown>
}

/** What of the kernel a plugin uses. */
export interface JsonExpressKernel {
  container: { hasRegistration(name: string): boolean; resolve<T>(name: string): T }
  registerRoute(route: RouteDefinition): void
}

/** What has to be there for a plugin, and why. */
export interface Requirement {
  capability: string
  reason: string
}

/**
 * A plugin of JSON Express.
 *
 * @example
 * ```ts
 * import IdentityPlugin, { type IPlugin, type PluginDeps } from 'keywright/json-express'
 *
 * const plugin = (deps: PluginDeps): IPlugin => new IdentityPlugin(deps)
 * ```
 */
export interface IPlugin {
  name: string
  requires?: Requirement[]
  provideSchemas?(): ModelSchema[]
  onBoot(kernel: JsonExpressKernel, config: IConfigProvider): Promise<void>
  onReady?(kernel: JsonExpressKernel, config: IConfigProvider): Promise<void>
  onShutdown?(kernel: JsonExpressKernel, config: IConfigProvider): Promise<void>
}

/** Who may: everybody, the owner of the row, or a role; `false` is nobody. */
export type AccessRule = 'public' | 'owner' | (string & {}) | string[] | false

/** Who may do what with a model, and with single fields of it. */
export interface AuthRules {
  create?: AccessRule
  read?: AccessRule
  update?: AccessRule
  delete?: AccessRule
  /** The field that names the owner. */
  ownerField?: string
  fields?: Record<string, { read?: AccessRule; create?: AccessRule; update?: AccessRule }>
}

/** A field of a model. */
export interface FieldDefinition {
  type: 'id' | 'string' | 'number' | 'boolean' | 'date'
  options?: { unique?: boolean; default?: unknown; required?: boolean }
}

/** What is called around a write of the database. */
export interface ModelHooks {
  beforeCreate?(data: Row): Promise<Row>
  afterCreate?(record: Row): Promise<void>
  beforeUpdate?(patch: Row): Promise<Row>
  afterUpdate?(record: Row, patch: Row): Promise<void>
}

/** A model the kernel makes a table and an API of. */
export interface ModelSchema {
  name: string
  fields: Record<string, FieldDefinition>
  access?: AuthRules
  hooks?: ModelHooks
}
