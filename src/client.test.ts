import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createClient, isAuthError, type TokenStore, type Tokens } from './client.ts'
import { type Ctx, contract, endpoint, feature } from './index.ts'
import { download, fileBody } from './kernel/contract/file.ts'
import { createTestAuth, type TestAuthOptions } from './testing.ts'

const baseUrl = 'https://app.example.test'
const password = 'correct horse battery staple'
const ada = { email: 'ada@example.com', password }

async function open(options: TestAuthOptions<object, []> = {}) {
  const house = await createTestAuth(options)
  onTestFinished(() => house.close())
  return house
}

/** A network that can be cut, and remembers what passed. */
function network(handle: (request: Request) => Promise<Response>) {
  const sent: string[] = []
  const cable = { isCut: false, sent, answer: undefined as Response | undefined }
  const through: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    sent.push(`${request.method} ${new URL(request.url).pathname}`)
    if (cable.isCut) throw new TypeError('fetch failed')
    return cable.answer?.clone() ?? handle(request)
  }
  return { cable, through }
}

function keeper(tokens?: Tokens): TokenStore & { kept: Tokens | undefined } {
  return {
    kept: tokens,
    get() {
      return this.kept
    },
    async set(fresh) {
      this.kept = fresh
    },
  }
}

/** A bearer client over such a network, with Ada logged in. */
async function bearer() {
  const { auth, clock } = await open()
  const { cable, through } = network(auth.handle)
  const tokens = keeper()
  const client = createClient({ baseUrl, mode: 'bearer', tokens, fetch: through })
  await client.register(ada)
  cable.sent.length = 0
  return { auth, client, tokens, cable, clock }
}

const invoicesContract = contract('invoices', {
  list: endpoint({
    method: 'GET',
    path: '/invoices',
    access: 'session',
    summary: 'My invoices of a year',
    query: z.object({ year: z.coerce.number() }),
    returns: z.array(z.strictObject({ id: z.string(), year: z.number() })),
  }),
})
const invoices = feature({
  name: 'invoices',
  contract: invoicesContract,
  create: () => ({ list: async (ctx: Ctx, year: number) => [{ id: ctx.actor.id, year }] }),
  handlers: (service) => ({ list: ({ ctx, input }) => service.list(ctx, input.year) }),
})

test("a contract of the application's own is a group of typed calls", async () => {
  const house = await createTestAuth({ features: [invoices] })
  onTestFinished(() => house.close())
  const client = await house.loginAs(ada)
  const { id } = await client.me()
  expect(await client.invoices.list({ year: 2026 })).toEqual([{ id, year: 2026 }])

  const refused = await house.client().invoices.list({ year: 2026 }).result()
  expect(!refused.ok && refused.error.code).toBe('unauthorized')
})

const scansContract = contract('scans', {
  put: endpoint({
    method: 'POST',
    path: '/scans',
    access: 'session',
    summary: 'Hand in a scan',
    upload: { types: ['application/pdf', 'image/png'], maxBytes: 300_000 },
    body: fileBody(),
    returns: z.object({ bytes: z.number() }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/scans/last',
    access: 'session',
    summary: 'A scan',
    download: true,
    returns: download(),
  }),
})
const scans = feature({
  name: 'scans',
  contract: scansContract,
  create: () => ({}),
  handlers: () => ({
    put: async ({ input }) => {
      let bytes = 0
      for await (const chunk of input.file) bytes += chunk.length
      return { bytes }
    },
    get: async () => ({ type: 'image/png', name: 'scan.png', body: new Blob(['a picture']).stream() }),
  }),
})

test('files are streamed beyond the bound of other bodies, up to their own; one comes back as something to save', async () => {
  const house = await createTestAuth({ features: [scans] })
  onTestFinished(() => house.close())
  const answers: Response[] = []
  const tokens = keeper()
  const client = createClient({
    baseUrl,
    contracts: [scansContract],
    mode: 'bearer',
    tokens,
    fetch: (input, init) => house.auth.handle(new Request(input, init)),
    onResponse: (response) => void answers.push(response),
  })
  await client.register(ada)
  expect(await client.scans.put({ file: new Blob(['x'.repeat(200_000)]) })).toEqual({ bytes: 200_000 })
  async function* parts() {
    for (let i = 0; i < 40; i += 1) yield Buffer.alloc(10_000)
  }
  const refused = await client.scans.put({ file: parts() }).result()
  expect(!refused.ok && refused.error.code).toBe('payload_too_large')
  const { type, name, body } = await client.scans.get()
  expect([type, name, await new Response(body).text()]).toEqual(['image/png', 'scan.png', 'a picture'])
  expect(answers.at(-1)?.headers.get('content-disposition')).toBe('attachment; filename="scan.png"')
  expect(answers.at(-1)?.headers.get('x-content-type-options')).toBe('nosniff')

  const page = new Request(`${baseUrl}/auth/scans`, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } })
  const authorization = `Bearer ${(await tokens.get())?.accessToken}`
  page.headers.set('authorization', authorization)
  expect((await house.auth.handle(page)).status).toBe(415)
  expect(await house.auth.as({ headers: { authorization } }).scans.put({ file: 'x' })).toEqual({ bytes: 1 })
})

test('a taken address is a value with the help of its code, and the same refusal is thrown without .result()', async () => {
  const { client } = await open()
  await client().register(ada)

  const form = await client().register(ada).result()
  if (form.ok || form.error.code !== 'identifier_taken') throw new Error('registered twice')
  expect(form.error).toMatchObject({ status: 409, help: 'Log in instead, or use another one.' })
  expect(form.error.id).toMatch(/^[0-9a-f-]{36}$/)
  await expect(client().register(ada)).rejects.toSatisfy((error) => isAuthError(error, 'identifier_taken'))
})

test('register, login, me and logout move the state, and listeners hear each change', async () => {
  const { client: fresh } = await open()
  const client = fresh()
  const heard: string[] = []
  const stop = client.subscribe(() => heard.push(client.state.status))
  expect(client.state).toEqual({ status: 'unknown' })

  const step = await client.register(ada)
  expect(step.status).toBe('active')
  expect(client.state.user?.email).toBe(ada.email)
  await client.updateMe({ firstName: 'Ada' })
  expect(client.state.user?.firstName).toBe('Ada')
  await client.logout()
  expect(client.state).toEqual({ status: 'none' })
  await client.login(ada)
  stop()
  await client.logout()
  expect(heard).toEqual(['active', 'active', 'none', 'active'])
})

test('a cookie client brings a CSRF token where one is owed, asks for it once, and again when it is no longer believed', async () => {
  const { client: fresh } = await open()
  const asked: string[] = []
  const client = fresh({
    onRequest(request) {
      asked.push(new URL(request.url).pathname)
      return request
    },
  })
  await client.register(ada)
  await client.password.change({ currentPassword: password, newPassword: `${password} 2` })
  await client.password.change({ currentPassword: `${password} 2`, newPassword: `${password} 3` })
  expect(asked.filter((path) => path === '/auth/csrf')).toHaveLength(1)

  await client.sessions.csrf() // as another tab does: the cookie changes under the token in memory
  await client.password.change({ currentPassword: `${password} 3`, newPassword: password })
  expect(client.state.status).toBe('active')
})

test('ten parallel calls with an expired access token share one refresh and are each sent once more', async () => {
  const { client, cable, clock, tokens } = await bearer()
  const before = tokens.kept
  clock.advance('16m')

  const answers = await Promise.all(Array.from({ length: 10 }, () => client.me()))

  expect(answers.map(({ email }) => email)).toEqual(Array(10).fill(ada.email))
  expect(cable.sent.filter((line) => line === 'POST /auth/refresh')).toHaveLength(1)
  expect(cable.sent.filter((line) => line === 'GET /auth/me')).toHaveLength(20)
  expect(tokens.kept?.refreshToken).not.toBe(before?.refreshToken)
})

test('a refused refresh ends the session: tokens forgotten, state none, the 401 thrown, and nothing more is asked', async () => {
  const { client, cable, tokens, clock } = await bearer()
  clock.advance('15d')

  const answer = await client.me().result()
  expect(!answer.ok && answer.error.status).toBe(401)
  expect(client.state).toEqual({ status: 'none' })
  expect(tokens.kept).toBeUndefined()

  cable.sent.length = 0
  await client.me().result()
  expect(cable.sent).toEqual(['GET /auth/me'])
})

test('a server that cannot be reached logs nobody out', async () => {
  const { client, cable, tokens, clock } = await bearer()
  clock.advance('16m')
  const kept = tokens.kept
  cable.isCut = true

  const answer = await client.me().result()
  expect(!answer.ok && answer.error.code).toBe('unreachable')
  expect(client.state).toMatchObject({ status: 'unreachable', user: { email: ada.email } })
  expect(tokens.kept).toBe(kept)

  cable.isCut = false
  expect((await client.me()).email).toBe(ada.email)
  expect(client.state.status).toBe('active')
})

test.each([
  ['a page of a proxy with 401', new Response('<h1>Log in to the hotel</h1>', { status: 401 }), 'unreachable'],
  ['a page of a proxy with 200', new Response('<h1>Welcome to the hotel</h1>'), 'unreachable'],
  ['a gateway without a server', new Response('Bad gateway', { status: 502 }), 'unavailable'],
])('%s logs nobody out', async (_, answer, code) => {
  const { client, cable, tokens } = await bearer()
  const kept = tokens.kept
  cable.answer = answer

  const refused = await client.me().result()
  expect(!refused.ok && refused.error.code).toBe(code)
  expect(tokens.kept).toBe(kept)
  expect(client.state.user?.email).toBe(ada.email)
})

test('a refresh that nobody could answer keeps the tokens for the next try', async () => {
  const { client, cable, tokens, clock } = await bearer()
  clock.advance('16m')
  const kept = tokens.kept
  cable.answer = new Response('Service unavailable', { status: 503, headers: { 'retry-after': '7' } })

  const refused = await client.refresh().result()
  expect(!refused.ok && refused.error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 7 })
  expect(tokens.kept).toBe(kept)
  cable.answer = undefined
  expect((await client.me()).email).toBe(ada.email)
})

test('a bearer client sends no cookies, sends its token where a session is asked for, and forgets it at logout', async () => {
  const { auth } = await open()
  const seen: Record<string, string | null>[] = []
  const tokens = keeper()
  const client = createClient({
    baseUrl: `${baseUrl}/`,
    mode: 'bearer',
    tokens,
    fetch: (input, init) => auth.handle(new Request(input, init)),
    onRequest(request) {
      const { pathname } = new URL(request.url)
      seen.push({ pathname, credentials: request.credentials, authorization: request.headers.get('authorization') })
      return request
    },
  })
  await client.register(ada)
  const authorization = `Bearer ${tokens.kept?.accessToken}`
  await client.me()
  await client.logout()

  expect(tokens.kept).toBeUndefined()
  expect(seen).toEqual([
    { pathname: '/auth/register', credentials: 'omit', authorization: null },
    { pathname: '/auth/me', credentials: 'omit', authorization },
    { pathname: '/auth/logout', credentials: 'omit', authorization: null },
  ])
})

test('a logout really ends the session of a bearer client: its old tokens open nothing', async () => {
  const { auth, client, tokens } = await bearer()
  const stolen = tokens.kept
  await client.logout()
  const thief = createClient({
    baseUrl,
    mode: 'bearer',
    tokens: keeper(stolen),
    fetch: (input, init) => auth.handle(new Request(input, init)),
  })
  const answer = await thief.me().result()
  expect(!answer.ok && answer.error.status).toBe(401)
})

test('a wrong current password is the answer, not a reason to refresh', async () => {
  const { client, cable } = await bearer()
  const answer = await client.password.change({ currentPassword: 'wrong', newPassword: `${password} 2` }).result()
  expect(!answer.ok && answer.error.code).toBe('invalid_credentials')
  expect(cable.sent).toEqual(['POST /auth/password/change'])
  expect(client.state.status).toBe('active')
})

test('onRequest may replace a request, and onResponse sees a copy it may read', async () => {
  const { client: fresh } = await open()
  const bodies: string[] = []
  const client = fresh({
    onRequest(request) {
      const headers = new Headers(request.headers)
      headers.set('x-correlation-id', 'from-the-test')
      return new Request(request, { headers })
    },
    async onResponse(response) {
      expect(response.headers.get('x-correlation-id')).toBe('from-the-test')
      bodies.push(await response.text())
    },
  })
  await client.register(ada)
  expect((await client.me()).email).toBe(ada.email)
  expect(bodies).toHaveLength(2)
})

test.each(['', '.', '..'])('path traversal: the handle "%s" ends no other session', async (sessionHandle) => {
  const { loginAs } = await open()
  const [phone, laptop] = [await loginAs(ada), await loginAs(ada)]
  const answer = await laptop.sessions.revoke({ sessionHandle }).result()
  expect(!answer.ok && answer.error).toMatchObject({ code: 'validation_failed', issues: [{ pointer: '/sessionHandle' }] })
  expect((await phone.me()).email).toBe(ada.email)
})
