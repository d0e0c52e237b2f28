import type { Server } from 'node:http'
import { hash } from '@node-rs/bcrypt'
import type { Express, Request } from 'express'
import type { AuthConfig, AuthRequest, ISessionStore, RouterOptions } from 'keywright/node-auth'
import { onTestFinished } from 'vitest'
import { type Built, buildAuth } from '../../../src/app/build.ts'
import { NodeAuth } from '../../../src/compat/node-auth/configurator.ts'
import type { World } from '../../../src/compat/node-auth/world.ts'
import { testParameters } from '../../../src/features/password/hashing.ts'
import { idsAt, realAmbient } from '../../../src/kernel/ambient/ambient.ts'
import { parseOptions } from '../../../src/kernel/config/options.ts'
import { oneSpelling } from '../../../src/kernel/contract/spelling.ts'
import { equal, randomToken } from '../../../src/kernel/crypto/random.ts'
import { readJson } from '../../../src/kernel/http/body.ts'
import { toBridge } from '../../../src/kernel/http/node.ts'
import { virtualClock } from '../../../src/testing/clock.ts'
import { db } from './samples/knex.ts'
import { MySessionStore } from './samples/my-session-store.ts'
import { MyUserStore } from './samples/my-user-store.ts'
import { createApp } from './samples/usage.ts'

export const ada = { email: 'ada@example.com', password: 'correct horse battery' }
export const bearer = { 'x-auth-strategy': 'bearer' }

/** Secrets as they should be. */
export const secrets = {
  accessTokenSecret: 'an access secret of the tests, 32 bytes or more',
  refreshTokenSecret: 'a refresh secret of the tests, 32 bytes or more',
}

/** As cheap as bcrypt gets. */
export const bcrypt = (password: string): Promise<string> => hash(password, 4)

/** What {@link openDesk} may be told. */
export interface DeskOptions {
  readonly config?: Partial<AuthConfig>
  readonly users?: MyUserStore
  /** `null`: none. */
  readonly sessions?: ISessionStore | null
  readonly router?: RouterOptions
  /** What the clock shows first. */
  readonly startAt?: Date
  readonly mount?: string
  readonly env?: World['env']
  /** Leaves the rows of sessions that are there. */
  readonly keep?: boolean
  /** Adds routes of the application behind the middleware. */
  routes?(app: Express, auth: NodeAuth): void
}

// The sample store reads the real clock; whole seconds, as tokens count.
const wholeSecond = () => new Date(Math.floor(Date.now() / 1000) * 1000)

/** A world on a virtual clock, and what was built in it. */
export function testWorld(env: World['env'] = { NODE_ENV: 'test' }, startAt = wholeSecond()) {
  const clock = virtualClock(startAt)
  const warnings: string[] = []
  const built: Built[] = []
  const ambient = { ...realAmbient(), clock, newId: idsAt(clock) }
  const world: World = {
    env,
    now: clock.now,
    createAuth(options) {
      const house = buildAuth(options, ambient, {
        hashParameters: testParameters,
        hashSlots: 64,
        migrate: true,
        jobsAtOnce: true,
      })
      built.push(house)
      return house.auth
    },
    bridge: toBridge,
    readJson,
    parse: parseOptions,
    spell: oneSpelling,
    randomSecret: randomToken,
    equal,
    warn: (message) => void warnings.push(message),
  }
  return { world, clock, warnings, built }
}

/** The claims the middleware found. */
export const userOf = (req: Request) => (req as AuthRequest).user

/** An application with the sample stores, served over HTTP, in which Ada has a bcrypt hash. */
export async function openDesk(options: DeskOptions = {}) {
  const { config = {}, users = new MyUserStore(), router, mount = '/auth' } = options
  const sessions = options.sessions === undefined ? new MySessionStore() : (options.sessions ?? undefined)
  if (!options.keep) await db('sessions').delete()
  const { world, clock, warnings, built } = testWorld(options.env, options.startAt)
  const auth = new NodeAuth({ ...secrets, bcryptSaltRounds: 4, keywright: { http: { limits: false } }, ...config }, users, world)
  const app = createApp(auth, sessions, router, mount)
  app.get('/orders', auth.middleware(), (req, res) => void res.json(userOf(req)))
  app.post('/orders', auth.middleware(), (req, res) => void res.status(201).json(req.body))
  options.routes?.(app, auth)
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    await auth.keywright.close()
    await new Promise((resolve) => server.close(resolve))
  })
  const user =
    (await users.findByEmail(ada.email)) ?? (await users.create({ email: ada.email, password: await bcrypt(ada.password) }))
  const settled = async () => {
    for (const { background } of built) await background.settled()
  }
  /** Moves the clock to where jobs that wait are due, and has them done. */
  const wait = async (length: `${number}s`) => {
    clock.advance(length)
    for (const house of built) house.service('jobs').worker.poke()
    await settled()
  }
  return { auth, users, sessions, user, clock, warnings, settled, wait, client: () => clientOf(server, mount) }
}

/** What answers have in common. */
export interface Body {
  readonly success: boolean
  readonly error: string
  readonly code: string
  readonly userId: string
  readonly accessToken: string
  readonly tempToken: string
  readonly refreshToken: string
  readonly deleted: number
  readonly sub: string
  readonly sid: string
  readonly sessions: readonly { readonly sessionHandle: string; readonly userId: string; readonly current: boolean }[]
}

/** A client that keeps cookies and is no browser, unless its headers say so. */
export type Client = ReturnType<typeof clientOf>

function clientOf(server: Server, mount: string) {
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const jar = new Map<string, string>()

  async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(origin + path, {
      method,
      headers: {
        ...(cookie !== '' && { cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const name = pair.slice(0, pair.indexOf('='))
      if (attributes.includes('Max-Age=0')) jar.delete(name)
      else jar.set(name, pair.slice(pair.indexOf('=') + 1))
    }
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json')
    return { status: answer.status, headers: answer.headers, body: (isJson && text !== '' ? JSON.parse(text) : {}) as Body }
  }

  /** What node-auth's scripts do before a request that changes something. */
  const csrf = () => ({ 'x-csrf-token': jar.get('csrf-token') ?? '' })
  /** What a browser says of its own page. */
  const page = { 'sec-fetch-site': 'same-origin' }

  return {
    jar,
    csrf,
    page,
    send,
    get: (path: string, headers?: Record<string, string>) => send('GET', path, undefined, headers),
    login: (who: object = ada, headers?: Record<string, string>) => send('POST', `${mount}/login`, who, headers),
  }
}
