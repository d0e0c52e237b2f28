import type {
  EmailMessage,
  IConfigProvider,
  IDatabaseAdapter,
  IEmailProvider,
  IKvStore,
  ILogger,
  IPlugin,
  IQueueAdapter,
  JsonExpressKernel,
  JsonResponse,
  ModelSchema,
  QueuedJob,
  RouteDefinition,
  Row,
} from 'keywright/json-express'

/** What JSON Express's own database throws for a value that somebody has. */
class UniqueConstraintError extends Error {
  readonly statusCode = 400
}

/** Collections in memory, with the hooks of their models. */
export class MemoryDatabase implements IDatabaseAdapter {
  readonly rows = new Map<string, Row[]>()
  schemas: readonly ModelSchema[] = []

  setSchemas(schemas: readonly ModelSchema[]): void {
    this.schemas = schemas
  }

  async getAll(collection: string): Promise<Row[]> {
    return [...this.#in(collection)]
  }

  async getById(collection: string, id: string): Promise<Row> {
    const row = this.#in(collection).find((one) => String(one.id) === id)
    if (!row) throw new Error(`Item with id '${id}' not found in '${collection}'`)
    return row
  }

  async search(collection: string, query: Row): Promise<Row[]> {
    return this.#in(collection).filter((row) =>
      Object.entries(query).every(([name, value]) => String(row[name]) === String(value)),
    )
  }

  async create(collection: string, data: Row): Promise<Row> {
    const { hooks } = this.#model(collection)
    const payload = (await hooks?.beforeCreate?.(data)) ?? data
    this.#assertUnique(collection, payload)
    const row = { ...payload, id: payload.id ?? String(this.#in(collection).length + 1) }
    this.#in(collection).push(row)
    await hooks?.afterCreate?.(row)
    return row
  }

  async update(collection: string, id: string, data: Row): Promise<Row> {
    const { hooks } = this.#model(collection)
    const patch = (await hooks?.beforeUpdate?.(data)) ?? data
    this.#assertUnique(collection, patch, id)
    const row = { ...(await this.getById(collection, id)), ...patch, id }
    this.rows.set(
      collection,
      this.#in(collection).map((one) => (String(one.id) === id ? row : one)),
    )
    await hooks?.afterUpdate?.(row, patch)
    return row
  }

  async delete(collection: string, id: string): Promise<Row> {
    const row = await this.getById(collection, id)
    this.rows.set(
      collection,
      this.#in(collection).filter((one) => one !== row),
    )
    return row
  }

  #in(collection: string): Row[] {
    const rows = this.rows.get(collection) ?? []
    this.rows.set(collection, rows)
    return rows
  }

  #model(collection: string): Partial<ModelSchema> {
    return this.schemas.find(({ name }) => name === collection) ?? {}
  }

  #assertUnique(collection: string, payload: Row, except?: string): void {
    for (const [name, { options }] of Object.entries(this.#model(collection).fields ?? {})) {
      const isTaken = this.#in(collection).some((row) => row[name] === payload[name] && String(row.id) !== except)
      if (options?.unique && payload[name] !== undefined && isTaken) throw new UniqueConstraintError(`${collection}.${name}`)
    }
  }
}

/** Jobs that leave in a moment, to the one worker of their topic. */
export class MemoryQueue implements IQueueAdapter {
  readonly jobs: (QueuedJob & { readonly topic: string })[] = []
  readonly #workers = new Map<string, (job: QueuedJob) => Promise<void>>()

  async enqueue(topic: string, name: string, payload: QueuedJob['payload']): Promise<string> {
    this.jobs.push({ topic, name, payload })
    setImmediate(
      () =>
        void this.#workers
          .get(topic)?.({ name, payload: JSON.parse(JSON.stringify(payload)) })
          .catch(() => {}),
    )
    return String(this.jobs.length)
  }

  registerWorker(topic: string, work: (job: QueuedJob) => Promise<void>): void {
    this.#workers.set(topic, work)
  }
}

/** Keeps what it was given to send. */
export class TrappingMailer implements IEmailProvider {
  readonly sent: EmailMessage[] = []
  /** How many more are refused. */
  failures = 0

  async send(message: EmailMessage): Promise<void> {
    if (!message.text && !message.html) throw new Error('a mail without text and html')
    this.failures -= 1
    if (this.failures >= 0) throw new Error('the mail server is away')
    this.sent.push(message)
  }
}

/** Values in a map; nothing of ours is in it. */
export class MemoryKv implements IKvStore {
  readonly values = new Map<string, unknown>()
  get = async <T>(key: string): Promise<T | null> => (this.values.get(key) as T | undefined) ?? null
  set = async (key: string, value: unknown): Promise<void> => void this.values.set(key, value)
  delete = async (key: string): Promise<void> => void this.values.delete(key)
}

/**
 * Settings as the environment spells them: `jex.auth.tokenTtl` and `JEX__AUTH__TOKENTTL`, in any case; what looks like a number or a boolean
 * becomes one.
 */
export function envConfig(env: Readonly<Record<string, string>>): IConfigProvider {
  const flat = (name: string) => name.replaceAll('__', '.').toLowerCase()
  const values = new Map(
    Object.entries(env)
      .filter(([name]) => /^jex(\.|__)/i.test(name))
      .map(([name, value]) => [flat(name).slice('jex.'.length), parsed(value)]),
  )
  return {
    get: <T>(key: string, other?: T) => (values.get(key.toLowerCase()) ?? other) as T,
    has: (key) => values.has(key.toLowerCase()),
    set: (key, value) => void values.set(key.toLowerCase(), value),
  }
}

const parsed = (value: string): unknown =>
  value === 'true' || value === 'false' ? value === 'true' : value !== '' && !Number.isNaN(Number(value)) ? Number(value) : value

/** Lines, by level. */
export function lineTrap() {
  const lines: { readonly level: string; readonly text: string }[] = []
  const say = (level: string) => (message: string, context?: unknown) =>
    void lines.push({ level, text: `${message} ${context === undefined ? '' : JSON.stringify(context)}`.trim() })
  const logger: ILogger = { info: say('info'), warn: say('warn'), error: say('error'), debug: say('debug'), child: () => logger }
  return { logger, lines, of: (level: string) => lines.filter((line) => line.level === level).map(({ text }) => text) }
}

/** The kernel: what it holds by name, routes by path, and the life of a plugin. */
export class StubKernel implements JsonExpressKernel {
  readonly routes: RouteDefinition[] = []
  readonly #held: ReadonlyMap<string, unknown>
  readonly #capabilities: readonly string[]

  constructor(held: Readonly<Record<string, unknown>>, capabilities: readonly string[] = ['ratelimit']) {
    this.#held = new Map(Object.entries(held).filter(([, value]) => value !== undefined))
    this.#capabilities = capabilities
  }

  readonly container = {
    hasRegistration: (name: string) => this.#held.has(name),
    resolve: <T>(name: string): T => this.#held.get(name) as T,
  }

  registerRoute(route: RouteDefinition): void {
    this.routes.push(route)
  }

  async boot(plugin: IPlugin, config: IConfigProvider): Promise<void> {
    const missing = plugin.requires?.find(({ capability }) => !this.#capabilities.includes(capability))
    if (missing) throw new Error(`${plugin.name} needs ${missing.capability}: ${missing.reason}`)
    const db = this.container.resolve<MemoryDatabase>('database')
    db.setSchemas(plugin.provideSchemas?.() ?? [])
    await plugin.onBoot(this, config)
    await plugin.onReady?.(this, config)
  }

  /** A request as a transport hands it over. */
  async send(method: string, target: string, sent: { body?: unknown; headers?: Record<string, string>; ip?: string } = {}) {
    const url = new URL(target, 'http://localhost:3000')
    const route = this.routes.find((one) => one.method === method && one.path === url.pathname)
    if (!route) return { statusCode: 404, body: { error: 'Not Found' }, headers: {} } satisfies JsonResponse
    const query = Object.fromEntries(url.searchParams)
    return route.handler({ method, path: target, query, params: {}, headers: {}, ...sent })
  }
}
