/**
 * The standalone server as a function; `keywright serve` only parses settings and calls it.
 *
 * Invariant: what was accepted is answered. A stop first turns `/readyz` to 503 and goes on listening until load balancers have seen it and
 * requests under way are answered; then it lets go of the port, then of the database. Slow headers and bodies are cut off (CWE-400).
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Auth } from './app/auth.ts'
import { type FirstAdmin, seedFirstAdmin } from './app/bootstrap.ts'
import { type Built, buildAuth } from './app/build.ts'
import { canHoldDemo, seedDemo } from './app/demo.ts'
import { createDrain } from './app/drain.ts'
import type { AuthOptions } from './app/options.ts'
import { panelPath } from './app/panel.ts'
import { boundBodies } from './app/slow-bodies.ts'
import type { SigningKeyView } from './features/signing/index.ts'
import { lookAtStores, type StoreLook } from './features/system/index.ts'
import { type Clock, type Logger, realAmbient, silentLogger } from './kernel/ambient/ambient.ts'
import { BootError } from './kernel/config/boot-error.ts'
import { basePathOf, siteUrl } from './kernel/http/setup.ts'
import type { RedisConnection } from './redis.ts'
import { type Hearing, keepsSessions, rehearse } from './storage/hearing.ts'
import type { Database } from './storage/types.ts'

export type { AdminCredentials, FirstAdmin } from './app/bootstrap.ts'
export type { StoreLook } from './features/system/index.ts'
export { closest } from './kernel/config/options.ts'
export { randomToken as randomSecret } from './kernel/crypto/random.ts'
export type { Hearing } from './storage/hearing.ts'
export type { Storage } from './storage/types.ts'

/** What a server is made of. */
export interface ServerConfig {
  readonly options: AuthOptions
  readonly host?: string
  readonly port?: number
  /** Serves people: no documents by default, no test conveniences. */
  readonly production?: boolean
  /** Migrates at boot; otherwise a schema that is behind is a boot error. */
  readonly migrate?: boolean
  /** Created when there are no users. */
  readonly firstAdmin?: FirstAdmin
  /** Fills a house without users with made-up people and a month of what they did; refused in production. */
  readonly demo?: boolean
  readonly logger?: Logger
  /** Carries changes and counts limits, in place of the database; let go of when the house is closed. Nothing waits for it. */
  readonly redis?: RedisConnection
}

/** The identity system with what its operator needs besides. */
export interface House {
  readonly auth: Auth
  readonly schema: Database['schema']
  /** @throws unavailable when the database does not answer */
  ping(): Promise<void>
  /** How far this machine's clock is ahead of the database's. */
  clockLeadMs(): Promise<number>
  /** The signing keys as they are; unlike `keys.list` of the admin's API this makes none. A key the secret cannot open never signs. */
  signingKeys(): Promise<readonly SigningKeyView[]>
  /** How another node hears of a change here, tried out over connections of their own; nothing is written. */
  hearing(): Promise<Hearing>
  /** Whether connections of the database are sessions of their own, which LISTEN needs; `undefined` for an engine that has none. */
  keepsSessions(): Promise<boolean | undefined>
  /** How the stores of the application do, each after a read that finds nothing. */
  stores(): Promise<readonly StoreLook[]>
  openApi(version: '3.0' | '3.1'): Promise<unknown>
  close(): Promise<void>
}

/** A server that answers. */
export interface RunningServer {
  readonly url: string
  /** The page about the API; absent when documents are switched off. */
  readonly docsUrl: string | undefined
  /** Where operators work; absent when the panel is switched off. */
  readonly panelUrl: string | undefined
  /** Where mails are kept that would be sent; absent in production, and where they are sent. */
  readonly inboxUrl: string | undefined
  readonly auth: Auth
  hasUser(id: string): Promise<boolean>
  /** Answers what is under way, for at most ten seconds, and lets go of everything. */
  close(): Promise<void>
}

/**
 * Headers are whole within 15 s, or the connection is closed. Node only looks from time to time, every 30 s unless it is told to, so the bound leaves
 * room for a look, and for a machine that is busy.
 */
const patience = { headersTimeout: 13_000, requestTimeout: 0, connectionsCheckingInterval: 1_000 }

/**
 * Opens the house without a door: for the operator's commands. No timers run and nobody is created.
 *
 * @throws BootError for options that cannot be used
 * @example
 * ```ts
 * const house = openHouse({ options: { baseUrl: 'https://id.example.com', secret: env.SECRET, storage: sqlite('identity.db') } })
 * console.log(await house.schema.status())
 * await house.close()
 * ```
 */
export function openHouse(config: ServerConfig): House {
  const { options } = config
  const quiet = { ...config, options: { ...options, infra: { ...options.infra, runJobs: false } } }
  const built = build(quiet)
  const { auth, database, core, ambient } = built
  return {
    auth,
    schema: database.schema,
    ping: database.ping,
    async clockLeadMs() {
      const asked = ambient.clock.now().getTime()
      const [row] = await database.transaction(
        built.systemCtx('clock'),
        (tx) => tx.query<{ instant: Date | string }>`select current_timestamp as instant`,
      )
      const told = row?.instant instanceof Date ? row.instant : new Date(`${row?.instant}Z`) // SQLite tells UTC as text
      return (asked + ambient.clock.now().getTime()) / 2 - told.getTime()
    },
    signingKeys: () => built.service('signing').list(built.systemCtx('keys')),
    async hearing() {
      const other = build(quiet)
      try {
        return await rehearse(database, other.database, ambient.newId)
      } finally {
        await other.auth.close()
      }
    },
    keepsSessions: () => keepsSessions(database),
    stores: () => lookAtStores(built.checkups(), built.systemCtx('doctor'), ambient.newId),
    async openApi(version) {
      const url = new URL(`${core.basePath}/openapi.json?version=${version}`, options.baseUrl)
      return (await core.handle(new Request(url))).json()
    },
    close: closing(auth, config),
  }
}

/**
 * Boots and listens.
 *
 * @throws BootError for options, a schema or a port that cannot be used
 * @example
 * ```ts
 * const server = await startServer({
 *   options: { baseUrl: 'https://id.example.com', secret: env.SECRET, storage: sqlite('identity.db') },
 *   production: true,
 * })
 * process.once('SIGTERM', () => server.close())
 * ```
 */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const { options, host = '127.0.0.1', port = 3000, production = false, logger = silentLogger } = config
  const { toNodeListener } = await import('./kernel/http/node.ts') // an opened house has no port
  const built = build(config)
  const { auth, core, database, ambient } = built
  const close = closing(auth, config)
  const answer = toNodeListener(auth)
  const account = siteUrl(options.baseUrl, '/account').pathname
  // Mails name the bare address, and people type a slash too many.
  const isHome = (path: string) =>
    (path === `${account}/` || `${path.replace(/\/$/, '')}/account` === account) && auth.owns(account)
  const server = createServer(patience, (req, res) => {
    if (drain.isDraining()) res.setHeader('connection', 'close')
    const path = req.url?.split('?', 1)[0]
    if (path === '/healthz') return health(req, res, true)
    if (path === '/readyz') {
      drain.probed(req.socket.remoteAddress)
      return void isReady().then((ready) => health(req, res, ready))
    }
    drain.arrived(res)
    if (path !== undefined && isHome(path) && wishesPage(req)) return leadTo(account, res)
    answer(req, res)
  })
  boundBodies(server, ambient, core.takesFile)
  const drain = createDrain(server, ambient.clock)
  const isReachable = sharedAnswer(ambient.clock, () => database.ping().then(ok, failed))
  const isReady = async () => !drain.isDraining() && (await isReachable())
  try {
    await auth.ready()
    await listen(server, port, host)
  } catch (error) {
    await close().catch((failure: unknown) => logger.warn({ error: failure }, 'the boot failed, and so did letting go'))
    throw error
  }
  const docs = options.http?.docs ?? 'auto'
  return {
    url: options.baseUrl,
    inboxUrl: !production && built.service('mail')?.inbox ? siteUrl(options.baseUrl, '/dev/inbox').href : undefined,
    panelUrl: built.service('admin') ? siteUrl(options.baseUrl, panelPath).href : undefined,
    docsUrl: docs === true || (docs === 'auto' && !production) ? under(options, '/docs').href : undefined,
    auth,
    hasUser: async (id) => (await built.service('users').find(built.systemCtx('boot'), id)) !== undefined,
    async close() {
      await drain.end()
      await close()
    },
  }
}

const under = ({ baseUrl, http }: AuthOptions, path: string): URL =>
  siteUrl(baseUrl, basePathOf(http?.basePath ?? '/auth') + path)

/** First the house, whose last changes are still announced, then its Redis. */
const closing =
  (auth: Auth, { redis }: ServerConfig) =>
  async (): Promise<void> => {
    try {
      await auth.close()
    } finally {
      await redis?.close()
    }
  }

function build({ options, production = false, migrate = false, firstAdmin, demo = false, logger, redis }: ServerConfig): Built {
  if (demo && production) throw new BootError('a demonstration is for development', 'Leave demo out where people are served.')
  const ambient = realAmbient(logger)
  // Whoever runs the server decides when its schema changes, on every engine.
  const storage = { ...options.storage, migrates: 'by-operator' as const }
  const infra = { ...options.infra, ...(redis && { bus: redis.bus, limits: redis.limits }) }
  return buildAuth({ ...options, storage, infra }, ambient, {
    production,
    migrate,
    hashSlots: ambient.cores,
    async onReady(house) {
      const isFresh = demo && (await canHoldDemo(house))
      if (firstAdmin) await seedFirstAdmin(house, firstAdmin)
      if (isFresh) await seedDemo(house)
    },
  })
}

const ok = () => true
const failed = () => false

/**
 * Asks at most once a second, however many ask us: nobody can make the database work through `/readyz`. Counting callers instead would let
 * a stranger behind the same proxy take the probe's share, and the instance with it.
 */
function sharedAnswer(clock: Clock, ask: () => Promise<boolean>): () => Promise<boolean> {
  let asked: { readonly answer: Promise<boolean>; readonly atMs: number } | undefined
  return () => {
    const nowMs = clock.monotonicMs()
    if (!asked || nowMs - asked.atMs >= 1000) asked = { answer: ask(), atMs: nowMs }
    return asked.answer
  }
}

const wishesPage = ({ method, headers }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html') === true

function leadTo(location: string, res: ServerResponse): void {
  res.writeHead(303, { location, vary: 'accept', 'cache-control': 'no-store' }).end()
}

function health({ method }: IncomingMessage, res: ServerResponse, good: boolean): void {
  if (method !== 'GET' && method !== 'HEAD') {
    res.writeHead(405, { allow: 'GET, HEAD' }).end()
    return
  }
  res.writeHead(good ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  res.end(JSON.stringify({ status: good ? 'ok' : 'unavailable' }))
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new BootError(`cannot listen on ${host}:${port}`, 'Stop what uses the port, or choose another with --port.', cause))
    })
    server.listen(port, host, resolve)
  })
}
