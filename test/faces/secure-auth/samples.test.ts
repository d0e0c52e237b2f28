import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import type { SessionStore, User } from 'keywright/secure-auth'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countingHasher, MemoryStore, openDesk, openWithAda, pem } from './desk.ts'
import { createApp } from './samples/express-sample.mjs'
import { tables } from './samples/knex.ts'
import { MySessionStore } from './samples/my-session-store.ts'
import { sessions } from './samples/prisma-client.ts'
import { PrismaSessionStore } from './samples/prisma-session-store.ts'
import { createService, login, logout, register, validate } from './samples/usage.ts'

const gone = 'Session expired or invalid.'

const stores: readonly { name: string; make: () => SessionStore; rows: () => readonly (readonly [string, string])[] }[] = [
  {
    name: 'Knex',
    make: () => new MySessionStore(),
    rows: () => [...(tables.get('sessions')?.values() ?? [])].map((row) => [row.session_id ?? '', row.user_id ?? '']),
  },
  {
    name: 'Prisma',
    make: () => new PrismaSessionStore(),
    rows: () => [...sessions.values()].map(({ sessionId, userId }) => [sessionId, userId]),
  },
]
beforeEach(() => {
  tables.clear()
  sessions.clear()
})

describe.each(stores)('SA-22: the sample store for $name, unchanged', ({ make, rows }) => {
  test('carries a session from login to logout', async () => {
    const { login, service } = await openWithAda(make())
    const { accessToken, refreshToken, sessionId } = await login()
    expect(rows()).toEqual([[sessionId, 'ada']])
    expect(await service.validateSession(accessToken)).toMatchObject({ userId: 'ada', sessionId })
    const next = await service.refresh(refreshToken)
    await service.logout(sessionId)
    await service.logout(sessionId)
    await expect(service.validateSession(next.accessToken)).rejects.toThrow(gone)
    await expect(service.refresh(next.refreshToken)).rejects.toThrow(gone)
  })

  test('RT-01: tells reuse, after 30 seconds and in another process at once', async () => {
    const store = make()
    const { login, service, clock } = await openWithAda(store)
    const [slow, stolen] = [await login(), await login()]
    await service.refresh(slow.refreshToken)
    clock.advance('31s')
    await expect(service.refresh(slow.refreshToken)).rejects.toThrow(gone)
    const next = await service.refresh(stolen.refreshToken)
    await expect(openDesk(store, { clock }).service.refresh(stolen.refreshToken)).rejects.toThrow(gone)
    await expect(service.validateSession(next.accessToken)).rejects.toThrow(gone)
  })

  test('RT-02: gives two processes that race one successor at most', async () => {
    const store = make()
    const { login, service, clock } = await openWithAda(store)
    const { refreshToken } = await login()
    const desks = [service, ...Array.from({ length: 7 }, () => openDesk(store, { clock }).service)]
    const answers = await Promise.allSettled(desks.map((one) => one.refresh(refreshToken)))
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(rows().map(([, userId]) => userId)).toEqual(['ada']) // the mark; the session has ended
  })
})

describe('the documented calls', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-'))
  const before = { JWT_PRIVATE_KEY: process.env.JWT_PRIVATE_KEY, JWT_PUBLIC_KEY: process.env.JWT_PUBLIC_KEY }
  afterEach(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    rmSync(folder, { recursive: true })
  })

  test('run in their order with only the package renamed', async () => {
    process.env.JWT_PRIVATE_KEY = join(folder, 'private.pem')
    process.env.JWT_PUBLIC_KEY = join(folder, 'public.pem')
    writeFileSync(process.env.JWT_PRIVATE_KEY, pem.privateKey)
    writeFileSync(process.env.JWT_PUBLIC_KEY, pem.publicKey)

    const authService = createService()
    const newUser = await register(authService)
    const user: User = { id: 'user-1', ...newUser }
    const tokens = await login(authService, user, 'securepassword')
    expect(tokens).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      sessionId: expect.any(String),
    })
    expect(await validate(authService, tokens.accessToken)).toMatchObject({ userId: 'user-1', sessionId: tokens.sessionId })
    await logout(authService, tokens.sessionId)
    await expect(validate(authService, tokens.accessToken)).rejects.toThrow(gone)
    await expect(login(authService, user, 'another password')).rejects.toThrow('Invalid credentials')
  })
})

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** Serves, and answers a function that posts JSON to `/login`. */
async function posting(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  return async (body: object) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${origin}/login`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
}

test('the documented Express route answers tokens, 400 for nobody and 401 for a wrong password', async () => {
  const { service, ada, password } = await openWithAda(new MemoryStore())
  const db = { query: async (_sql: string, [id]: readonly unknown[]) => (id === ada.id ? ada : undefined) }
  const post = await posting(createApp(service, db))

  const answer = await post({ userId: 'ada', password })
  expect(answer.status).toBe(200)
  expect((await service.validateSession(answer.body.accessToken ?? '')).sessionId).toBe(answer.body.sessionId)
  expect(await post({ userId: 'ada', password: 'wrong' })).toEqual({ status: 401, body: { error: 'Invalid credentials' } })
  expect(await post({ userId: 'ada', password: { $ne: null } })).toEqual({ status: 401, body: { error: 'Invalid credentials' } })
  expect(await post({ userId: 'eve', password })).toEqual({ status: 400, body: { error: 'User not found' } })
})

test('SA-32: the route of the guide tells an unknown user and a wrong password apart neither by answer nor by work', async () => {
  const hasher = countingHasher()
  const { service, ada, password } = await openWithAda(new MemoryStore(), { world: { hasher } })
  const app = express().use(express.json())
  app.post('/login', async (req, res) => {
    const user = req.body.userId === ada.id ? ada : undefined
    try {
      res.json(await service.login(user, req.body.password))
    } catch {
      res.status(401).json({ error: 'Invalid credentials' })
    }
  })
  const post = await posting(app)
  const refused = { status: 401, body: { error: 'Invalid credentials' } }
  const counted = async (body: object) => {
    const before = hasher.runs()
    return { answer: await post(body), hashes: hasher.runs() - before }
  }
  expect(await counted({ userId: 'ada', password: 'wrong' })).toEqual({ answer: refused, hashes: 1 })
  expect(await counted({ userId: 'eve', password: 'wrong' })).toEqual({ answer: refused, hashes: 1 })
  expect(await counted({ userId: 'eve' })).toEqual({ answer: refused, hashes: 1 })
  expect((await post({ userId: 'ada', password })).status).toBe(200)
})
