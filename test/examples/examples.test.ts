import { join } from 'node:path'
import { createClient } from 'keywright/client'
import { describe, expect, inject, test } from 'vitest'
import { startProcess } from './process.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const settings = { SECRET: 's'.repeat(40), DATABASE: ':memory:' }
const nextStart = ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1']
const examples: Record<string, readonly string[]> = {
  express: ['dist/main.js'],
  fastify: ['dist/main.js'],
  koa: ['dist/main.js'],
  hono: ['dist/main.js'],
  node: ['dist/main.js'],
  nest: ['dist/main.js'],
  next: nextStart,
}

async function start(name: string): Promise<string> {
  const { port } = await startProcess(join(inject('examples'), name), examples[name] ?? [], /^listening|Ready in/, settings)
  return `http://127.0.0.1:${port}`
}

describe.each(inject('frameworks'))('the example for %s, from the packed tarball', (name) => {
  test('registers, logs in, guards, asks for a role, and logs out', async () => {
    const baseUrl = await start(name)
    const client = createClient({ baseUrl, mode: 'bearer' })
    await client.register(ada)
    await client.logout()
    let authorization = ''
    const seen = createClient({
      baseUrl,
      mode: 'bearer',
      onRequest: (request) => {
        authorization = request.headers.get('authorization') ?? authorization
        return request
      },
    })
    await seen.login(ada)
    const { id } = await seen.me()
    const call = (path: string, method = 'GET') => fetch(`${baseUrl}${path}`, { method, headers: { authorization } })

    expect(await (await call('/orders')).json()).toEqual({ userId: id, orders: [] })
    const refused = await call('/refunds', 'POST')
    expect([refused.status, refused.headers.get('content-type')]).toEqual([403, 'application/problem+json'])
    expect((await fetch(`${baseUrl}/orders`)).status).toBe(401)
    expect((await fetch(`${baseUrl}/elsewhere`, { headers: { authorization } })).status).toBe(404)
    expect((await fetch(`${baseUrl}/.well-known/jwks.json`)).status).toBe(200)

    await seen.logout()
    expect((await call('/orders')).status).toBe(401)
  })
})

describe.each(inject('frameworks').filter((name) => name === 'next'))('a page of %s', () => {
  test('knows who is there by the cookie, and nobody without it', async () => {
    const baseUrl = await start('next')
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${baseUrl}/auth/register`, { method: 'POST', headers, body: JSON.stringify(ada) })
    const cookie = answer.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0])
      .join('; ')
    const page = async (sent: Record<string, string>) => (await fetch(baseUrl, { headers: sent })).text()
    expect(await page({ cookie })).toContain(ada.email)
    expect(await page({ cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toContain(ada.email)
    expect(await page({})).toContain('Nobody is logged in')
  })
})
