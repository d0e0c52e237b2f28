import { randomBytes } from 'node:crypto'
import type { Row } from 'keywright/json-express'
import { onTestFinished, vi } from 'vitest'
import { type Built, buildAuth } from '../../../src/app/build.ts'
import { Identity } from '../../../src/compat/json-express/identity.ts'
import type { World } from '../../../src/compat/json-express/world.ts'
import { createPasswordHasher, testParameters } from '../../../src/features/password/hashing.ts'
import { idsAt, realAmbient } from '../../../src/kernel/ambient/ambient.ts'
import { parseOptions } from '../../../src/kernel/config/options.ts'
import { oneSpelling } from '../../../src/kernel/contract/spelling.ts'
import { createHashPool } from '../../../src/kernel/crypto/hash-pool.ts'
import { buildVerifier } from '../../../src/kernel/http/verifier.ts'
import { virtualClock } from '../../../src/testing/clock.ts'
import { envConfig, lineTrap, MemoryDatabase, MemoryKv, type MemoryQueue, StubKernel, type TrappingMailer } from './kernel.ts'

export const secret = 'a secret of the tests that has 32 bytes or more'
export const ada = { email: 'ada@example.com', password: 'correct horse battery' }

/** What {@link openDesk} may be told. */
export interface DeskOptions {
  /** Besides the secret and a database in memory. */
  readonly env?: Readonly<Record<string, string>>
  /** Of the process. */
  readonly mode?: string
  readonly db?: MemoryDatabase
  readonly mailer?: TrappingMailer | undefined
  readonly queue?: MemoryQueue | undefined
  /** In the place of what the kernel holds. */
  readonly held?: Readonly<Record<string, unknown>>
  readonly capabilities?: readonly string[]
  /** Limits are off unless a test is about them. */
  readonly limits?: true
}

/** A world on a virtual clock, and what was built in it. */
export function testWorld({ mode = 'test', limits }: Pick<DeskOptions, 'mode' | 'limits'> = {}) {
  const clock = virtualClock(new Date('2026-01-01T12:00:00Z'))
  const built: Built[] = []
  const ambient = { ...realAmbient(), clock, newId: idsAt(clock) }
  const world: World = {
    env: { NODE_ENV: mode },
    now: clock.now,
    createAuth(options, terms) {
      const infra = { ...options.infra, runJobs: options.infra?.queue !== undefined }
      const http = { ...options.http, ...(!limits && { limits: false as const }) }
      const own = { hashParameters: testParameters, hashSlots: 64, jobsAtOnce: true }
      const house = buildAuth(
        { ...options, infra, http },
        { ...ambient, logger: options.infra?.logger ?? ambient.logger },
        { ...terms, ...own },
      )
      built.push(house)
      return house.auth
    },
    createVerifier: (options) => buildVerifier(options, clock),
    hasher: createPasswordHasher({
      pool: createHashPool({ slots: 64, clock, startTimer: ambient.startTimer }),
      parameters: testParameters,
    }),
    randomToken: (bytes) => randomBytes(bytes).toString('base64url'),
    parse: parseOptions,
    spell: oneSpelling,
  }
  return { world, clock, built }
}

/** A kernel that has booted the plugin, on people in memory. */
export async function openDesk(options: DeskOptions = {}) {
  const { db = new MemoryDatabase(), mailer, queue } = options
  const { world, clock, built } = testWorld(options)
  const { logger, lines, of } = lineTrap()
  const config = envConfig({ JEX__AUTH__SECRET: secret, 'jex.auth.database': 'memory', ...options.env })
  const kv = new MemoryKv()
  const plugin = new Identity({ configProvider: config, logger }, world)
  const kernel = new StubKernel(
    { 'middleware:auth': {}, database: db, kvStore: kv, emailProvider: mailer, queue, ...options.held },
    options.capabilities,
  )
  onTestFinished(() => plugin.onShutdown())
  await kernel.boot(plugin, config)

  /** Until whatever is owed has been tried. */
  const settled = async () => {
    for (const { background, service } of built) {
      service('jobs').worker.poke()
      await background.settled()
    }
  }
  const post = async (path: string, body?: unknown, token?: string) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await kernel.send('POST', path, { body, headers })
    await settled()
    return { status: answer.statusCode, body: (answer.body ?? {}) as Body, headers: answer.headers ?? {} }
  }
  const get = async (path: string, token?: string) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await kernel.send('GET', path, { headers })
    return { status: answer.statusCode, body: answer.body as Body }
  }
  const row = async (email: string): Promise<Row> => (await db.search('users', { email }))[0] ?? {}
  const shown = () => /password: (\S+)/.exec(of('warn').join('\n'))?.[1]
  /** The mails that lead to a page. */
  const mailsTo = (page: string) => (mailer?.sent ?? []).filter(({ text }) => text?.includes(page))
  /** The token of the newest of them, once there are so many. */
  const mailedToken = async (page: string, count = 1) => {
    await vi.waitUntil(() => mailsTo(page).length >= count, { timeout: 20_000 })
    return /[?&]token=([\w%.-]+)/.exec(mailsTo(page).at(-1)?.text ?? '')?.[1] ?? ''
  }
  return {
    kernel,
    plugin,
    config,
    db,
    kv,
    mailer,
    queue,
    clock,
    logger,
    lines,
    of,
    post,
    get,
    row,
    shown,
    settled,
    mailsTo,
    mailedToken,
  }
}

/** What answers have in common. */
export interface Body {
  readonly error: string
  readonly ok: boolean
  readonly accessToken: string
  readonly refreshToken: string
  readonly id: string
  readonly message: string
  readonly user: { readonly id: string; readonly email: string; readonly role: string; readonly emailVerified: boolean }
}
