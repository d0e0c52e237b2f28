/**
 * What the guide promises to clients that hold tokens and speak plain HTTP.
 *
 * @module
 */
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Tokens } from '../../src/client.ts'
import { createTestAuth } from '../../src/testing.ts'

const baseUrl = 'https://app.example.test'
const ada = { email: 'ada@example.com', password: 'violet harbour lamp 42' }

async function app() {
  const { auth, clock, close } = await createTestAuth()
  onTestFinished(() => close())
  async function send(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    const init = { method, headers: { 'content-type': 'application/json', ...headers } }
    const answer = await auth.handle(
      new Request(`${baseUrl}/auth${path}`, { ...init, ...(body && { body: JSON.stringify(body) }) }),
    )
    const text = await answer.text()
    const json = (text === '' ? {} : JSON.parse(text)) as Tokens & { code?: string; expiresIn?: number }
    return { ...json, status: answer.status, cookies: answer.headers.getSetCookie() }
  }
  const registered = await send('POST', '/register', ada, { 'x-auth-strategy': 'bearer' })
  return {
    clock,
    send,
    registered,
    me: ({ accessToken }: Pick<Tokens, 'accessToken'>) =>
      send('GET', '/me', undefined, { authorization: `Bearer ${accessToken}` }),
    refresh: ({ refreshToken }: Pick<Tokens, 'refreshToken'>) => send('POST', '/refresh', { refreshToken }),
  }
}

describe('a client that holds tokens', () => {
  test('asks for them with one header, gets no cookie, and is told how long the access token lives', async () => {
    const { registered, me, clock } = await app()
    expect(registered).toMatchObject({ status: 201, cookies: [], expiresIn: 900 })
    expect((await me(registered)).status).toBe(200)
    clock.advance('15m')
    expect(await me(registered)).toMatchObject({ status: 401, code: 'unauthorized' })
  })

  test('refreshes with the body alone; a retry within 30 s gets the same successor', async () => {
    const { registered, refresh, me, clock } = await app()
    clock.advance('20m')
    const first = await refresh(registered)
    expect(first).toMatchObject({ status: 200, cookies: [] })
    expect((await me(first)).status).toBe(200)
    clock.advance('30s')
    const retried = await refresh(registered)
    expect([retried.status, retried.refreshToken]).toEqual([200, first.refreshToken])
  })

  test('loses the session to a token that is shown after its 30 s, or after its successor was used', async () => {
    for (const late of ['31s', '1s'] as const) {
      const { registered, refresh, me, clock } = await app()
      const child = await refresh(registered)
      clock.advance(late)
      const newest = late === '1s' ? await refresh(child) : child
      expect(await refresh(registered)).toMatchObject({ status: 401, code: 'refresh_rejected' })
      expect(await me(newest)).toMatchObject({ status: 401, code: 'session_revoked' })
      expect(await refresh(newest)).toMatchObject({ status: 401, code: 'refresh_rejected' })
    }
  })

  test('logs out with the refresh token, or with the access token alone, and the answer never says which', async () => {
    const { registered, send, me, refresh } = await app()
    const { refreshToken } = registered
    expect((await send('POST', '/logout', { refreshToken })).status).toBe(204)
    expect(await me(registered)).toMatchObject({ status: 401, code: 'session_revoked' })
    expect(await refresh(registered)).toMatchObject({ status: 401, code: 'refresh_rejected' })
    expect((await send('POST', '/logout', { refreshToken })).status).toBe(204)

    const tablet = await send('POST', '/login', ada, { 'x-auth-strategy': 'bearer' })
    const tokenOfTablet = { authorization: `Bearer ${tablet.accessToken}` }
    expect((await send('POST', '/logout', undefined, tokenOfTablet)).status).toBe(204)
    expect(await refresh(tablet)).toMatchObject({ status: 401, code: 'refresh_rejected' })
    expect((await send('POST', '/logout', undefined, tokenOfTablet)).status).toBe(204)
  })
})
