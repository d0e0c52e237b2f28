/**
 * A small core for tests: one contract with an endpoint of every kind, callers known by name, a clock that stands still.
 *
 * @module
 */
import { z } from 'zod'
import { type Ambient, idsAt, type Logger } from '../ambient/ambient.ts'
import type { Active, Authentication, PendingLogin } from '../contract/access.ts'
import type { HandlerCall } from '../contract/call.ts'
import { contract, type EndpointDef, endpoint } from '../contract/endpoint.ts'
import { AuthError, defineErrors, kernelErrors } from '../contract/errors.ts'
import { instant } from '../contract/schema.ts'
import { createKeyRing } from '../crypto/key-ring.ts'
import type { AccessPort } from './access.ts'
import { createHttpCore, type HttpCore } from './core.ts'
import { memoryLimitStore } from './limits.ts'
import { csrfBindingOf, issueCsrf } from './origin.ts'
import type { Route } from './pipeline.ts'
import type { HttpSetup } from './setup.ts'

export const baseUrl = 'https://app.example.org'
export const keys = createKeyRing(['a-secret-of-the-tests-with-32-bytes-or-more'])

export const E = defineErrors({
  shop_closed: { status: 409, title: 'The shop is closed', detail: 'It opens tomorrow.', help: 'Come back.' },
  undeclared: { status: 418, title: 'Nobody declared this' },
})

export const shop = contract('shop', {
  health: endpoint({
    method: 'GET',
    path: '/health',
    access: 'public',
    summary: 'Is it open',
    returns: z.object({ ok: z.boolean() }),
  }),
  keys: endpoint({
    method: 'GET',
    path: '/.well-known/keys.json',
    access: 'public',
    summary: 'Public keys',
    returns: z.object({ keys: z.array(z.string()) }),
    root: true,
    cacheSeconds: 300,
  }),
  outside: endpoint({
    method: 'GET',
    path: '/elsewhere/:id',
    access: 'public',
    summary: 'A place of its own',
    params: z.object({ id: z.string() }),
    returns: z.object({ ok: z.boolean() }),
    root: 'only',
  }),
  item: endpoint({
    method: 'GET',
    path: '/items/:id',
    access: 'public',
    summary: 'One item',
    params: z.object({ id: z.string().max(20) }),
    query: z.object({ limit: z.coerce.number().int().max(9).default(3), q: z.string().optional() }),
    returns: z.object({ id: z.string(), limit: z.number(), at: instant() }),
    errors: [E.shop_closed],
  }),
  special: endpoint({ method: 'POST', path: '/items/special', access: 'public', summary: 'The special item' }),
  login: endpoint({
    method: 'POST',
    path: '/login',
    access: 'public',
    summary: 'Log in',
    rateLimit: 'login',
    body: z.strictObject({ name: z.string(), tags: z.array(z.string()).optional(), nested: z.json().optional() }),
    returns: z.object({ status: z.literal('active'), accessToken: z.string().optional() }),
    grants: true,
  }),
  logout: endpoint({ method: 'POST', path: '/logout', access: 'public', summary: 'Log out', grants: 'clear' }),
  leave: endpoint({ method: 'POST', path: '/leave', access: 'public', summary: 'Says less than it grants', grants: 'clear' }),
  token: endpoint({
    method: 'GET',
    path: '/csrf',
    access: 'public',
    summary: 'A CSRF token',
    returns: z.object({ csrfToken: z.string() }),
    grants: true,
  }),
  finish: endpoint({
    method: 'POST',
    path: '/login/code',
    access: 'pending-login',
    summary: 'Finish a login',
    body: z.strictObject({ loginToken: z.string().optional(), code: z.string() }),
    returns: z.object({ userId: z.string() }),
  }),
  me: endpoint({ method: 'GET', path: '/me', access: 'session', summary: 'Me', returns: z.object({ userId: z.string() }) }),
  rename: endpoint({
    method: 'PATCH',
    path: '/me',
    access: 'session',
    summary: 'Rename me',
    body: z.strictObject({ name: z.string().min(2) }),
    returns: z.object({ name: z.string() }),
  }),
  password: endpoint({
    method: 'POST',
    path: '/password',
    access: 'session',
    summary: 'Change it',
    csrf: 'token',
    body: z.strictObject({ next: z.string() }),
  }),
  admin: endpoint({ method: 'DELETE', path: '/admin', access: { role: 'admin' }, summary: 'For admins' }),
  sensitive: endpoint({
    method: 'POST',
    path: '/sensitive',
    access: { session: { aal: 2, within: '5m' } },
    summary: 'Two factors, lately',
  }),
  broken: endpoint({
    method: 'POST',
    path: '/broken',
    access: 'public',
    summary: 'A bug',
    body: z.strictObject({ how: z.string() }),
    returns: z.strictObject({ n: z.number() }),
    errors: [E.shop_closed],
  }),
})

type Handler = (call: HandlerCall<EndpointDef>) => Promise<unknown>

const handlers: Record<keyof typeof shop.endpoints, Handler> = {
  health: async () => ({ ok: true }),
  keys: async () => ({ keys: ['k1'] }),
  outside: async () => ({ ok: true }),
  item: async ({ ctx, input }) => ({ ...input, at: ctx.at, secretColumn: 'never-sent' }),
  special: async () => undefined,
  async login({ presented }) {
    const tokens = { accessToken: 'at', refreshToken: 'rt', expiresIn: 900 }
    const set = [{ cookie: 'session' as const, value: 'alice.verifier', expiresAt: new Date('2030-01-15T00:00:00Z') }]
    return { value: { status: 'active' }, grant: presented.delivery === 'bearer' ? { tokens } : { set } }
  },
  logout: async () => ({ value: undefined, grant: { clear: ['session'] } }),
  leave: async () => ({ value: undefined, grant: { set: [{ cookie: 'session', value: 'alice.verifier' }] } }),
  async token({ presented }) {
    const csrfToken = issueCsrf(keys, csrfBindingOf(presented.sessionCookie))
    return { value: { csrfToken }, grant: { set: [{ cookie: 'csrf', value: csrfToken }] } }
  },
  finish: async ({ auth }) => ({ userId: auth.userId }),
  me: async ({ auth }) => ({ userId: auth.userId }),
  rename: async ({ input }) => input,
  password: async () => undefined,
  admin: async () => undefined,
  sensitive: async () => undefined,
  async broken({ input }) {
    const { how } = input as { how: string }
    if (how === 'declared') throw new AuthError(E.shop_closed)
    if (how === 'undeclared') throw new AuthError(E.undeclared)
    if (how === 'away') throw new AuthError(kernelErrors.unavailable)
    if (how === 'throws') throw new Error('select * from secret_table')
    return { n: 'not a number' }
  },
}

export const routes: readonly Route[] = Object.entries(shop.endpoints).map(([key, def]) => ({
  contract: shop.name,
  key,
  endpoint: def,
  handler: handlers[key as keyof typeof handlers],
}))

/** Standing noon of the tests. */
export const noon = new Date('2030-01-01T12:00:00Z')

const active = (userId: string, more: Partial<Active>): Active => ({
  status: 'active',
  via: 'cookie',
  userId,
  tenantId: 'default',
  sessionHandle: userId,
  role: 'user',
  roles: ['user'],
  claims: {},
  aal: 1,
  evidence: [{ factor: 'password', amr: 'pwd', at: new Date(noon.getTime() - 10 * 60_000) }],
  user: async () => undefined,
  ...more,
})

const callers: Record<string, Active> = {
  alice: active('alice', {}),
  root: active('root', { role: 'admin', roles: ['admin'] }),
  fresh: active('fresh', { aal: 2, evidence: [{ factor: 'totp', amr: 'otp', at: noon }] }),
  stale: active('stale', { aal: 2 }),
}

const refused = (): Authentication => ({ status: 'invalid', error: new AuthError(kernelErrors.unauthorized) })

/** Knows a caller by the first part of the cookie, or by the bearer token's own text. */
export const access: AccessPort = {
  async authenticate(_ctx, { bearer, sessionCookie }) {
    const name = bearer ?? sessionCookie?.split('.')[0]
    if (name === undefined) return { status: 'none' }
    if (name === 'down') return { status: 'unavailable', error: new AuthError(kernelErrors.unavailable) }
    if (name === 'bug') throw new TypeError('a guard with a bug')
    const caller = Object.hasOwn(callers, name) ? callers[name] : undefined
    return caller ? { ...caller, via: bearer === undefined ? 'cookie' : 'bearer' } : refused()
  },
  async pendingLogin(_ctx, token): Promise<PendingLogin | undefined> {
    if (token !== 'pending') return undefined
    return { status: 'pending-login', loginToken: token, userId: 'alice', methods: ['totp'], evidence: [], restsOn: {} }
  },
}

/** A core with what a test changes, the lines it logged, and a clock to move. */
export function testCore(changes: Partial<HttpSetup> = {}): { core: HttpCore; logged: [object, string][]; clock: { at: Date } } {
  const logged: [object, string][] = []
  const clock = { at: noon }
  const log: Logger['error'] = (details, message) => void logged.push([details, message])
  const ambient: Ambient = {
    clock: { now: () => clock.at, monotonicMs: () => clock.at.getTime() },
    logger: { debug: log, info: log, warn: log, error: log },
    startTimer: () => () => {},
    cores: 2,
    newId: idsAt({ now: () => clock.at }),
  }
  const core = createHttpCore({
    routes,
    basePath: '/auth',
    baseUrl,
    origins: [],
    trustProxy: [],
    limits: {},
    limitStore: memoryLimitStore(),
    deadline: 15_000,
    keys,
    ambient,
    strict: true,
    access,
    ...changes,
  })
  return { core, logged, clock }
}

/** A request as our own pages send it; headers given here replace the usual ones, `undefined` takes one away. */
export function req(method: string, path: string, headers: Record<string, string | undefined> = {}, body?: unknown): Request {
  const usual = { 'sec-fetch-site': 'same-origin', ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }
  const sent = Object.entries(usual).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const payload = body === undefined || body instanceof ReadableStream || typeof body === 'string' ? body : JSON.stringify(body)
  return new Request(`${baseUrl}${path}`, {
    method,
    headers: sent,
    ...(payload !== undefined && { body: payload, duplex: 'half' }),
  })
}

/** The headers of a logged-in browser. */
export const cookieOf = (name: string, more = ''): { cookie: string } => ({
  cookie: `__Host-keywright-session=${name}.verifier${more}`,
})
