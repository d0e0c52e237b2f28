import { expect, test } from 'vitest'
import type { CookieTarget } from '../../../src/secure-auth.ts'
import { MemoryStore, openDesk, openWithAda } from './desk.ts'

test('SA-18: logging out twice is logging out', async () => {
  const { login, service, store } = await openWithAda(new MemoryStore())
  const { sessionId, accessToken } = await login()
  await service.logout(sessionId)
  await service.logout(sessionId)
  expect(store.rows.size).toBe(0)
  await expect(service.validateSession(accessToken)).rejects.toThrow('Session expired or invalid.')
})

test.each([
  ['answers false', async () => false],
  [
    'throws',
    async () => {
      throw new Error('deadlock detected')
    },
  ],
])('SA-18: a deleteSession that %s has failed while the session holds', async (_, deleteSession) => {
  const { login, service } = await openWithAda(Object.assign(new MemoryStore(), { deleteSession }))
  const { sessionId } = await login()
  await expect(service.logout(sessionId)).rejects.toThrow(/^Failed to log out\.$/)
  await service.logout('a session that is not there') // there is nothing left to delete
})

test('SA-18: a store that is away has logged nobody out', async () => {
  const { login, service, store } = await openWithAda(new MemoryStore())
  const { sessionId } = await login()
  store.isAway = true
  await expect(service.logout(sessionId)).rejects.toThrow(/^Failed to log out\.$/)
})

test('SA-19: without a store everything works on the tokens alone, and one warning says what that means', async () => {
  const { login, service, clock, warnings } = await openWithAda(null)
  const first = await login()
  expect(await service.validateSession(first.accessToken)).toMatchObject({ userId: 'ada', sessionId: first.sessionId })
  const second = await service.refresh(first.refreshToken)
  expect(await service.refresh(first.refreshToken)).toEqual(second)
  await service.logout(first.sessionId)
  expect((await service.validateSession(second.accessToken)).sessionId).toBe(first.sessionId)
  clock.advance('31s')
  await expect(service.refresh(first.refreshToken)).rejects.toThrow('Session expired or invalid.')
  expect((await service.refresh(second.refreshToken)).sessionId).toBe(first.sessionId)
  expect(warnings).toEqual(['AuthService has no session store: a token holds until it expires, and no logout ends it.'])
})

/** A response that keeps its headers, as Node's does. */
function response(present?: string | string[]) {
  const headers = new Map<string, unknown>(present === undefined ? [] : [['set-cookie', present]])
  const res: CookieTarget = {
    setHeader: (name, value) => headers.set(name.toLowerCase(), value),
    getHeader: (name) => headers.get(name.toLowerCase()) as string[] | undefined,
  }
  return { res, cookies: () => headers.get('set-cookie') }
}

test.each([
  ['none', undefined, []],
  ['one', 'theme=dark', ['theme=dark']],
  ['several', ['theme=dark', 'lang=it'], ['theme=dark', 'lang=it']],
])('SA-28: the cookie is safe by its attributes and stands beside those there are: %s', async (_, present, kept) => {
  const { login, service } = await openWithAda(new MemoryStore())
  const { accessToken } = await login()
  const { res, cookies } = response(present)
  service.setSessionCookie(res, accessToken)
  const cookie = `authToken=${accessToken}; HttpOnly; Secure; Path=/; SameSite=Lax; Max-Age=900`
  expect(cookies()).toEqual([...kept, cookie])
})

test('SA-28: a response that only takes headers gets one, and a value that would bring attributes of its own is refused', () => {
  const { service } = openDesk(new MemoryStore())
  const set: unknown[] = []
  const res: CookieTarget = { setHeader: (...header) => set.push(header) }
  service.clearSession(res)
  expect(set).toEqual([['Set-Cookie', ['authToken=; HttpOnly; Secure; Path=/; SameSite=Lax; Max-Age=0']]])
  for (const token of ['', 'a; Domain=example.com', 'a\r\nX: y', 'a b']) {
    expect(() => service.setSessionCookie(res, token)).toThrow('Invalid token.')
  }
})

test('SA-29: clearing writes the same cookie, expired, in the place of one that was set before', async () => {
  const { login, service } = await openWithAda(new MemoryStore())
  const { res, cookies } = response('theme=dark')
  service.setSessionCookie(res, (await login()).accessToken)
  service.clearSession(res)
  expect(cookies()).toEqual(['theme=dark', 'authToken=; HttpOnly; Secure; Path=/; SameSite=Lax; Max-Age=0'])
})

test('passkeys say that they are not there yet', async () => {
  const { service } = openDesk(new MemoryStore())
  const registering = service.registerPasskey('ada', 'example.com', 'preferred', () => {})
  await expect(registering).rejects.toThrow('registerPasskey is not available yet')
  const verifying = service.verifyPasskey(
    {},
    'ada',
    'example.com',
    'https://example.com',
    async () => null,
    async () => null,
  )
  await expect(verifying).rejects.toThrow('verifyPasskey is not available yet')
})
