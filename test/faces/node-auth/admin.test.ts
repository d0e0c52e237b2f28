import { get } from 'node:http'
import express from 'express'
import { type AdminOptions, AuthConfigurator, createAdminRouter } from 'keywright/node-auth'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ada, bcrypt, bearer, openDesk, secrets } from './desk.ts'
import { listAll, mountAdmin, revokeOne } from './samples/admin.ts'
import { MySessionStore } from './samples/my-session-store.ts'
import { MyUserStore } from './samples/my-user-store.ts'

const adminSecret = 'a secret of the scripts, with 32 bytes or more'

interface Listed {
  readonly sessions: readonly { readonly sessionHandle: string; readonly userId: string }[]
}

/** Ada's application, as it is without a test around it. */
async function application() {
  const [users, sessions] = [new MyUserStore(), new MySessionStore()]
  await users.create({ email: ada.email, password: await bcrypt(ada.password) })
  const email = { siteUrl: 'http://localhost' }
  const auth = new AuthConfigurator({ ...secrets, bcryptSaltRounds: 4, email, keywright: { http: { limits: false } } }, users)
  const app = express().use('/auth', auth.router({ sessionStore: sessions }))
  app.get('/orders', auth.middleware(), (_req, res) => void res.json([]))
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    await auth.keywright.close()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const here: typeof fetch = (path, init) => fetch(`${origin}${path}`, init)
  const login = async () => {
    const headers = { 'content-type': 'application/json', ...bearer }
    const answer = await here('/auth/login', { method: 'POST', headers, body: JSON.stringify(ada) })
    const { accessToken } = (await answer.json()) as { accessToken: string }
    return async () => (await here('/orders', { headers: { authorization: `Bearer ${accessToken}` } })).status
  }
  return { app, origin, users, sessions, here, login }
}

test('a picture an operator uploads stands under the router of everybody, where node-auth has it', async () => {
  const { app, users, sessions, here } = await application()
  vi.stubEnv('ADMIN_SECRET', adminSecret)
  onTestFinished(() => void vi.unstubAllEnvs())
  mountAdmin(app, users, sessions)
  const body = Buffer.from('89504e470d0a1a0a', 'hex')
  const headers = { authorization: `Bearer ${adminSecret}`, 'content-type': 'image/png' }
  const kept = await here('/admin/api/upload/logo', { method: 'POST', headers, body })
  expect(kept.status).toBe(201)
  const { url } = (await kept.json()) as { url: string }
  const shown = await here(url)
  expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png'])
  expect(Buffer.from(await shown.arrayBuffer())).toEqual(body)
})

test('a script with the secret lists everybody’s sessions and ends one, over the documented stores; nobody else comes in', async () => {
  const { app, origin, users, sessions, here, login } = await application()
  vi.stubEnv('ADMIN_SECRET', adminSecret)
  onTestFinished(() => void vi.unstubAllEnvs())
  mountAdmin(app, users, sessions)
  const orders = [await login(), await login()]

  const list = async () => (await listAll(here, adminSecret)) as Listed
  const { sessions: [one, other] = [] } = await list()
  expect([one, other]).toMatchObject([{ userId: '1' }, { userId: '1' }])
  await revokeOne(here, adminSecret, one?.sessionHandle ?? '')
  expect((await Promise.all(orders.map((ask) => ask()))).toSorted()).toEqual([200, 401])
  expect((await list()).sessions).toMatchObject([{ sessionHandle: other?.sessionHandle }])

  for (const authorization of ['', 'Bearer', `Bearer ${adminSecret}x`, `Basic ${adminSecret}`])
    for (const accept of ['application/json', 'text/html'])
      expect((await here('/admin/api/sessions', { headers: { authorization, accept } })).status).toBe(401)
  // As no `fetch` would send it: the house answers there, the panel's router does not.
  const beside = await new Promise((resolve, reject) => {
    const to = { path: '/admin/../.well-known/jwks.json', headers: { authorization: `Bearer ${adminSecret}` } }
    get(origin, to, (answer) => resolve(answer.resume().statusCode)).on('error', reject)
  })
  expect(beside).toBe(404)
})

test('people come in by the policy, with a cookie of the panel; whoever loses the flag is out', async () => {
  const operators = new Set(['1'])
  const { user, client } = await openDesk({
    routes: (app, auth) => void app.use('/admin', auth.adminRouter({ accessPolicy: ({ id }) => operators.has(String(id)) })),
  })
  expect(String(user.id)).toBe('1')
  const { send, page, jar } = client()
  const credentials = { identifier: ada.email, password: ada.password }
  expect((await send('POST', '/admin/api/login', credentials, page)).status).toBe(200)
  expect([...jar.keys()]).toContain('keywright-admin')
  expect((await send('GET', '/admin/api/ping')).body).toMatchObject({ operator: { id: '1', role: 'admin' } })
  expect((await send('GET', '/auth/sessions')).status).toBe(401)
  operators.clear()
  expect((await send('GET', '/admin/api/ping')).status).toBe(403)
})

test.each<[string, AdminOptions, string]>([
  ['neither a secret nor a policy', {}, 'neither'],
  ['a short secret', { adminSecret: 'x'.repeat(31) }, '32 bytes'],
  ['an open door', { accessPolicy: 'open' as never }, 'accessPolicy'],
  ['a store of roles', { adminSecret, rbacStore: {} } as never, 'rbacStore'],
  ['a first user nobody can name', { accessPolicy: 'first-user' }, 'first-user'],
])('%s is refused', async (_what, options, named) => {
  const { users } = await application()
  expect(() => createAdminRouter(users, options)).toThrow(named)
})
