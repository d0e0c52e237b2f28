import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type Express } from 'express'
import { type AuthConfig, AuthConfigurator, type AuthRequest, createAuthMiddleware, createAuthRouter } from 'keywright/node-auth'
import { sqlite } from 'keywright/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { ada, bcrypt, secrets } from './desk.ts'
import { MySessionStore } from './samples/my-session-store.ts'
import { MyUserStore } from './samples/my-user-store.ts'

const config = (): AuthConfig => ({
  ...secrets,
  bcryptSaltRounds: 4,
  email: { siteUrl: 'http://localhost' },
  keywright: { http: { limits: false } },
})

async function withAda() {
  const users = new MyUserStore()
  await users.create({ email: ada.email, password: await bcrypt(ada.password) })
  return users
}

async function serve(app: Express) {
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const headers = { 'content-type': 'application/json', 'x-auth-strategy': 'bearer' }
  return {
    /** As no `fetch` would send it. */
    raw: (method: string, path: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        request(new URL(origin), { method, path }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end()
      }),
    get: (path: string, token: string) => fetch(origin + path, { headers: { authorization: `Bearer ${token}` } }),
    post: (path: string, body: string) => fetch(origin + path, { method: 'POST', headers, body }),
  }
}

test('the public class runs on the real world, and reads a body that nobody has parsed', async () => {
  const auth = new AuthConfigurator(config(), await withAda())
  onTestFinished(() => auth.keywright.close())
  const app = express().use('/auth', auth.router({ sessionStore: new MySessionStore() }))
  app.get('/orders', auth.middleware(), (req, res) => void res.json((req as AuthRequest).user))
  const { get, post } = await serve(app)
  const { accessToken } = (await (await post('/auth/login', JSON.stringify(ada))).json()) as { accessToken: string }
  expect(await (await get('/orders', accessToken)).json()).toMatchObject({ sub: '1', email: ada.email })
  for (const [body, status, code] of [
    ['{', 400, 'VALIDATION_FAILED'],
    ['null', 400, 'VALIDATION_FAILED'],
    [JSON.stringify({ ...ada, more: 'x'.repeat(70_000) }), 413, 'PAYLOAD_TOO_LARGE'],
    ['{"__proto__":{"email":"x"}}', 400, 'VALIDATION_FAILED'],
  ] as const) {
    const answer = await post('/auth/login', body)
    expect([answer.status, await answer.json()]).toEqual([status, { error: expect.any(String), code }])
  }
  expect((await post('/auth/logout', '')).status).toBe(200)
})

test('a path whose dots lead elsewhere leads nowhere', async () => {
  const auth = new AuthConfigurator(config(), await withAda())
  onTestFinished(() => auth.keywright.close())
  const { raw } = await serve(express().use('/auth', auth.router()))
  for (const path of ['/auth/sessions/..', '/auth/sessions/%2e%2e', '/auth/sessions/%2e', '/auth//login', '/auth/sessions/%'])
    expect([path, await raw('DELETE', path)]).toEqual([path, path.endsWith('/%') ? 401 : 404])
})

test('createAuthRouter and createAuthMiddleware belong together by their configuration, in either order', async () => {
  const shared = config()
  const app = express().use(express.json())
  app.get('/early', createAuthMiddleware(shared), (req, res) => void res.json((req as AuthRequest).user))
  app.use('/auth', createAuthRouter(await withAda(), shared, { sessionStore: new MySessionStore() }))
  app.get('/late', createAuthMiddleware(shared), (req, res) => void res.json((req as AuthRequest).user))
  const { get, post } = await serve(app)
  const { accessToken } = (await (await post('/auth/login', JSON.stringify(ada))).json()) as { accessToken: string }
  for (const path of ['/early', '/late']) expect((await get(path, accessToken)).status).toBe(200)
  expect(await (await get('/late', 'forged')).json()).toEqual({ error: 'Not logged in', code: 'UNAUTHORIZED' })
})

test('two routers of one configuration and one user store share their sessions', async () => {
  const shared = config()
  const users = await withAda()
  const app = express().use(express.json())
  app.use('/a', createAuthRouter(users, shared))
  app.use('/b', createAuthRouter(users, shared))
  const { get, post } = await serve(app)
  const { accessToken } = (await (await post('/a/login', JSON.stringify(ada))).json()) as { accessToken: string }
  const statuses = await Promise.all(['/a/me', '/b/me'].map(async (path) => (await get(path, accessToken)).status))
  expect(statuses).toEqual([200, 200])
})

test('nobody of one user store is let in as somebody of another: a configuration and a storage are of one user store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const storage = sqlite(join(folder, 'test.db'))
  const ofStaff = { ...config(), keywright: { storage } }
  const [staff, customers] = [await withAda(), await withAda()]
  const auth = new AuthConfigurator(ofStaff, staff)
  auth.router()
  for (const other of [ofStaff, { ...config(), keywright: { storage } }])
    for (const make of [() => createAuthRouter(customers, other), () => new AuthConfigurator(other, customers)])
      expect(make).toThrow(expect.objectContaining({ name: 'BootError', message: expect.stringContaining('another user store') }))
  expect(() => createAuthRouter(staff, ofStaff)).not.toThrow()
  await auth.keywright.close()
  expect(() => createAuthRouter(customers, { ...config(), keywright: { storage } })).not.toThrow()
})

test('a middleware without a router passes on what is wrong, and lets nobody in', async () => {
  const app = express()
  app.get('/orders', createAuthMiddleware(config()), (_req, res) => void res.json('in'))
  app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(500).json({ error: error.message })
  })
  const { get } = await serve(app)
  const answer = await get('/orders', 'any')
  expect([answer.status, await answer.json()]).toEqual([500, { error: 'createAuthMiddleware has no router' }])
})
