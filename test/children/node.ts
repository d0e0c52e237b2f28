/**
 * A node of its own process on a database that others share, with failpoints (`FAILPOINT=name:kill|throw|delay`): prints `ready` with its
 * port, then does what each line of JSON on its standard input says. Ends with its standard input. Started by `test/faults/nodes.ts`.
 *
 * @module
 */
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { pino, stdSerializers } from 'pino'
import { buildAuth } from '../../src/app/build.ts'
import type { AuthOptions } from '../../src/app/options.ts'
import { smtp } from '../../src/features/mail/gateway.ts'
import { testParameters } from '../../src/features/password/hashing.ts'
import { realAmbient } from '../../src/kernel/ambient/ambient.ts'
import { toNode } from '../../src/node.ts'
import { type PgPool, postgres } from '../../src/postgres.ts'
import { redis } from '../../src/redis.ts'
import { createFailpoints } from '../faults/failpoints.ts'
import type { NodeOrder, NodeSetup } from '../faults/nodes.ts'

const { location, redisUrl, secret, limits, deadline, guarded, mailUrl } = JSON.parse(process.argv[2] ?? '') as NodeSetup
const logger = pino({ level: 'info', serializers: { err: stdSerializers.err } }, pino.destination({ dest: 2, sync: true }))
const failpoints = createFailpoints(process.env.FAILPOINT, mailUrl !== undefined)
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)

let offsetMs = 0
let jumpedMs = 0
const real = realAmbient(logger)
const ambient = {
  ...real,
  clock: {
    now: () => new Date(real.clock.now().getTime() + offsetMs + jumpedMs),
    monotonicMs: () => real.clock.monotonicMs() + offsetMs,
  },
}
const pool = guarded ? new pg.Pool({ connectionString: location, connectionTimeoutMillis: 5_000 }) : undefined
const connection = redisUrl === undefined ? undefined : redis(redisUrl)
const options: AuthOptions = {
  baseUrl: 'https://app.example.com',
  secret,
  storage: pool ? postgres(failpoints.pool(pool as unknown as PgPool)) : postgres(location),
  http: { trustProxy: ['127.0.0.1'], limits, ...(deadline && { deadline }) },
  ...(mailUrl !== undefined && {
    mail: { from: 'Example <hi@example.com>', transport: failpoints.mail(smtp(mailUrl)) },
  }),
  ...(connection && { infra: { bus: connection.bus, limits: connection.limits } }),
}
const house = buildAuth(options, ambient, { hashParameters: testParameters, hashSlots: 8, migrate: true, strict: true })
const system = house.auth.asSystem('an experiment')

const orders: Record<NodeOrder['do'], (order: NodeOrder) => Promise<object>> = {
  arm: async ({ spec }) => {
    failpoints.arm(spec)
    return {}
  },
  passed: async () => ({ names: failpoints.passed() }),
  advance: async ({ ms = 0 }) => {
    offsetMs += ms
    return {}
  },
  jump: async ({ ms = 0 }) => {
    jumpedMs += ms
    return {}
  },
  disable: ({ userId = '' }) => failpoints.during('disable', () => system.users.disable({ id: userId, reason: 'an experiment' })),
  rotate: async () => failpoints.during('rotate', () => system.keys.rotate()),
  memory: async () => {
    globalThis.gc?.()
    return { rss: process.memoryUsage().rss, heap: process.memoryUsage().heapUsed }
  },
}

await house.auth.ready()
const { routes } = toNode(house.auth)
const server = createServer({ keepAliveTimeout: 60_000 }, guarded ? failpoints.listener(routes) : routes)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  say({ ready: typeof address === 'object' && address ? address.port : 0 })
})
for await (const line of createInterface(process.stdin)) {
  const order = JSON.parse(line) as NodeOrder
  const answer = await orders[order.do](order).catch((error: Error) => ({ failed: error.message }))
  say(answer)
}
server.close()
server.closeAllConnections()
await house.auth.close()
await connection?.close()
await pool?.end()
