/**
 * What arrives late, or from somebody else: calls of one user that cross a login of another, and answers the server never wrote.
 *
 * @module
 */
import { expect, onTestFinished, test } from 'vitest'
import { createClient, type TokenStore, type Tokens } from '../client.ts'
import { browserFetch } from '../testing/cookie-jar.ts'
import { createTestAuth } from '../testing.ts'

const baseUrl = 'https://app.example.test'
const password = 'correct horse battery staple'
const ada = { email: 'ada@example.com', password }
const bob = { email: 'bob@example.com', password }

/** A network that hands an answer over when the test lets it. */
function slowNetwork(handle: (request: Request) => Promise<Response>) {
  const sent: Request[] = []
  const gates = new Map<string, { readonly judge: () => void; readonly open: Promise<void> }>()
  const through = async (request: Request): Promise<Response> => {
    const path = new URL(request.url).pathname
    sent.push(request.clone())
    const gate = gates.get(path)
    gates.delete(path)
    const answer = await handle(request)
    gate?.judge()
    await gate?.open
    return answer
  }
  /** Holds the next answer of a path. `judged`: the server has answered. `release` hands the answer over. */
  function hold(path: string) {
    let release = (): void => {}
    let judge = (): void => {}
    const open = new Promise<void>((resolve) => (release = resolve))
    const judged = new Promise<void>((resolve) => (judge = resolve))
    gates.set(path, { judge, open })
    return { judged, release }
  }
  const pathsSent = () => sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`)
  return { sent, pathsSent, hold, through }
}

function keeper(): TokenStore & { kept: Tokens | undefined } {
  return {
    kept: undefined,
    get() {
      return this.kept
    },
    async set(fresh) {
      this.kept = fresh
    },
  }
}

/** A client over a slow network, logged in as Ada; Bob exists. */
async function adaLoggedIn(mode: 'bearer' | 'cookie') {
  const { auth, clock, seed, close } = await createTestAuth()
  onTestFinished(() => close())
  await seed.user(bob)
  await seed.user(ada)
  const network = slowNetwork((request) => auth.handle(request))
  const tokens = keeper()
  const direct: typeof fetch = (input, init) => network.through(new Request(input, init))
  const client = createClient({ baseUrl, mode, tokens, fetch: mode === 'cookie' ? browserFetch(network.through) : direct })
  await client.login(ada)
  network.sent.length = 0
  return { client, tokens, network, clock, auth }
}

const modes = ['bearer', 'cookie'] as const

test.each(modes)('%s: a call of Ada whose 401 arrives after the login of Bob is not sent again as Bob', async (mode) => {
  const { client, network, clock } = await adaLoggedIn(mode)
  clock.advance('15d') // her session is over
  const me = network.hold('/auth/me')
  const late = client.updateMe({ firstName: 'Ada' }).result()
  await me.judged
  await client.login(bob)
  me.release()

  const answer = await late
  expect(!answer.ok && answer.error.status).toBe(401)
  expect(network.pathsSent()).toEqual(['PATCH /auth/me', 'POST /auth/login'])
  expect(client.state.user?.email).toBe(bob.email)
  expect((await client.me()).firstName).toBeNull()
})

test('a call of Ada that waits for her refresh while Bob logs in is not sent again as Bob, and her refresh undoes nothing', async () => {
  const { client, network, clock, tokens } = await adaLoggedIn('bearer')
  clock.advance('16m')
  const refresh = network.hold('/auth/refresh')
  const late = client.updateMe({ firstName: 'Ada' }).result()
  await refresh.judged
  await client.login(bob)
  const ofBob = tokens.kept
  refresh.release()

  const answer = await late
  expect(!answer.ok && answer.error.status).toBe(401)
  expect(network.pathsSent()).toEqual(['PATCH /auth/me', 'POST /auth/refresh', 'POST /auth/login'])
  expect(tokens.kept).toEqual(ofBob)
  expect(await client.me()).toMatchObject({ email: bob.email, firstName: null })
})

test('a call of Bob does not wait for the refresh of Ada', async () => {
  const { client, network, clock } = await adaLoggedIn('bearer')
  clock.advance('16m')
  const refresh = network.hold('/auth/refresh')
  const ofAda = client.me().result()
  await refresh.judged
  await client.login(bob)
  clock.advance('16m')
  expect((await client.me()).email).toBe(bob.email)
  refresh.release()
  await ofAda
  expect(network.pathsSent().filter((line) => line === 'POST /auth/refresh')).toHaveLength(2)
})

test('a call that was made as Ada and is still being put together when Bob logs in is never sent', async () => {
  const { auth, seed, close } = await createTestAuth()
  onTestFinished(() => close())
  await seed.user(bob)
  await seed.user(ada)
  const network = slowNetwork((request) => auth.handle(request))
  let letGo = (): void => {}
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const client = createClient({
    baseUrl,
    mode: 'bearer',
    fetch: (input, init) => network.through(new Request(input, init)),
    async onRequest(request) {
      if (request.method === 'PATCH') await held
      return request
    },
  })
  await client.login(ada)
  const late = client.updateMe({ firstName: 'Ada' }).result()
  await client.login(bob)
  letGo()

  const answer = await late
  expect(!answer.ok && answer.error.code).toBe('unauthorized')
  expect(network.pathsSent()).not.toContain('PATCH /auth/me')
})

test('after a refresh of the same user a call is sent again: a new token is not a new user', async () => {
  const { client, network, clock } = await adaLoggedIn('bearer')
  clock.advance('16m')
  expect((await client.updateMe({ firstName: 'Ada' })).firstName).toBe('Ada')
  expect(network.pathsSent()).toEqual(['PATCH /auth/me', 'POST /auth/refresh', 'PATCH /auth/me'])
})

test('a refresh that answers for somebody else, whom another tab has logged in, sends nothing again', async () => {
  const { client, network, clock, tokens, auth } = await adaLoggedIn('bearer')
  const stale = tokens.kept
  const other = createClient({ baseUrl, mode: 'bearer', tokens, fetch: (input, init) => auth.handle(new Request(input, init)) })
  await other.login(bob) // the same store of tokens
  const ofBob = tokens.kept
  clock.advance('16m')
  if (!stale || !ofBob) throw new Error('nobody is logged in')
  tokens.kept = { accessToken: stale.accessToken, refreshToken: ofBob.refreshToken }

  const answer = await client.updateMe({ firstName: 'Ada' }).result()
  expect(!answer.ok && answer.error.status).toBe(401)
  expect(network.pathsSent()).toEqual(['PATCH /auth/me', 'POST /auth/refresh'])
  expect(client.state.user).toMatchObject({ email: bob.email, firstName: null })
})

test('a late answer about Ada does not show her in the session of Bob', async () => {
  const { client, network } = await adaLoggedIn('bearer')
  const me = network.hold('/auth/me')
  const late = client.me()
  await me.judged
  await client.login(bob)
  me.release()
  expect((await late).email).toBe(ada.email)
  expect(client.state.user?.email).toBe(bob.email)
})

test('a late answer to a logout of Ada leaves the session of Bob alone', async () => {
  const { client, network, tokens } = await adaLoggedIn('bearer')
  const logout = network.hold('/auth/logout')
  const late = client.logout()
  await logout.judged
  await client.login(bob)
  logout.release()
  await late

  expect(client.state.user?.email).toBe(bob.email)
  expect(tokens.kept).toBeDefined()
  expect((await client.me()).email).toBe(bob.email)
})

test('cookies: a late answer to a logout has cleared the cookie of the newer login, and the client says so', async () => {
  const { client, network } = await adaLoggedIn('cookie')
  const logout = network.hold('/auth/logout')
  const late = client.logout()
  await logout.judged
  await client.login(bob)
  logout.release()
  await late
  expect(client.state).toEqual({ status: 'none' })
  expect((await client.me().result()).ok).toBe(false)
})

test('a logout counts although a refresh of the same session came in between', async () => {
  const { client, network, tokens } = await adaLoggedIn('bearer')
  const logout = network.hold('/auth/logout')
  const late = client.logout()
  await logout.judged
  await client.refresh().result()
  logout.release()
  await late
  expect(client.state).toEqual({ status: 'none' })
  expect(tokens.kept).toBeUndefined()
})

test('a refresh answered after a logout does not bring the session back', async () => {
  const { client, network, tokens } = await adaLoggedIn('bearer')
  const refresh = network.hold('/auth/refresh')
  const late = client.refresh().result()
  await refresh.judged
  await client.logout()
  refresh.release()
  await late
  expect(tokens.kept).toBeUndefined()
  expect(client.state).toEqual({ status: 'none' })
})

const portals = [
  ['an HTML page with 200', () => new Response('<h1>Welcome to the hotel</h1>', { headers: { 'content-type': 'text/html' } })],
  ['an empty page with 200', () => new Response('')],
  ['an HTML page with 401', () => new Response('<h1>Log in to the hotel</h1>', { status: 401 })],
  ['a gateway without a server', () => new Response('Bad gateway', { status: 502 })],
  ['an answer that breaks off', () => new Response(brokenStream())],
] as const

function brokenStream(): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) })
}

test.each(portals)('a captive portal: %s is not the server, and the state never says that it was reached', async (_, answer) => {
  const { auth, seed, close } = await createTestAuth()
  onTestFinished(() => close())
  await seed.user(ada)
  let isCaptive = false
  const client = createClient({
    baseUrl,
    mode: 'bearer',
    fetch: async (input, init) => (isCaptive ? answer() : auth.handle(new Request(input, init))),
  })
  await client.login(ada)
  const heard: string[] = []
  client.subscribe(() => heard.push(client.state.status))

  isCaptive = true
  for (const call of [client.me(), client.me(), client.logout()]) expect((await call.result()).ok).toBe(false)
  expect(client.state).toMatchObject({ status: 'unreachable', user: { email: ada.email } })
  isCaptive = false
  await client.me()
  expect(heard).toEqual(['unreachable', 'active'])
})

test('a refusal of the server itself is an answer: the server was reached', async () => {
  const { client } = await adaLoggedIn('bearer')
  const refused = await client.password.change({ currentPassword: 'wrong', newPassword: `${password} 2` }).result()
  expect(!refused.ok && refused.error.code).toBe('invalid_credentials')
  expect(client.state.status).toBe('active')
})
