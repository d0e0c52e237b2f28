import { describe, expect, test } from 'vitest'
import { createCookies } from './cookies.ts'
import { csrfBindingOf, verifiesCsrf } from './origin.ts'
import { cookieOf, keys, noon, req, testCore } from './test-core.ts'

const cookies = createCookies(true)
const read = (cookie: string) => cookies.read({ headers: { cookie } })

describe('cookies as they are sent', () => {
  test('a session cookie is host-bound, secure, hidden from scripts and lax', () => {
    expect(cookies.set('session', 'a.b', noon, new Date(noon.getTime() + 60_000))).toBe(
      '__Host-keywright-session=a.b; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Lax',
    )
  })

  test('only the csrf cookie can be read by a script', () => {
    expect(cookies.set('csrf', 'a.b', noon)).toBe('__Host-keywright-csrf=a.b; Path=/; Secure; SameSite=Lax')
  })

  test('on http loopback the names are plain, and the plain name is not read on https', () => {
    expect(createCookies(false).set('login', 't', noon)).toBe('keywright-login=t; Path=/; HttpOnly; SameSite=Lax')
    expect(read('keywright-session=a.b').any).toBe(false)
  })

  test('no cookie lives longer than 400 days', () => {
    expect(cookies.set('device', 'd', noon, new Date('2040-01-01'))).toContain('Max-Age=34560000;')
  })

  test('a value that would break out of the header is refused', () => {
    for (const value of ['a; Domain=evil.test', 'a\r\nset-cookie: b=c', 'é', 'a b', 'x'.repeat(4097)]) {
      expect(() => cookies.set('session', value, noon)).toThrow('cannot travel')
    }
  })
})

describe('cookies as they are read', () => {
  test('a cookie planted twice with different values counts as not sent', async () => {
    expect(read('__Host-keywright-session=a.b; __Host-keywright-session=c.d').get('session')).toBeUndefined()
    expect(
      read('__Host-keywright-session=a.b; __Host-keywright-session=c.d; __Host-keywright-session=a.b').get('session'),
    ).toBeUndefined()
    const answer = await testCore().core.handle(
      req('GET', '/auth/me', cookieOf('alice', '; __Host-keywright-session=root.verifier')),
    )
    expect(answer.status).toBe(401)
  })

  test('the same value twice is one cookie', () => {
    expect(read('__Host-keywright-session=a.b;__Host-keywright-session=a.b').get('session')).toBe('a.b')
  })

  test('a value over 4,096 bytes is ignored', () => {
    expect(read(`__Host-keywright-session=${'a'.repeat(4097)}`).get('session')).toBeUndefined()
    expect(read(`__Host-keywright-session=${'a'.repeat(4096)}`).get('session')).toHaveLength(4096)
  })

  test('malformed headers never throw, and foreign cookies are not ours', () => {
    for (const header of [
      '',
      ';',
      '=',
      ';;=;',
      'a',
      '__proto__=1',
      '__Host-keywright-session',
      '__Host-keywright-session=',
      'x=%',
    ]) {
      expect(read(header).get('session')).toBeUndefined()
    }
    expect(read('theme=dark; sid=1').any).toBe(false)
    expect(read('__Host-keywright-session="a.b"').get('session')).toBe('a.b')
  })
})

describe('delivery', () => {
  const { core } = testCore()
  const login = (headers = {}) => core.handle(req('POST', '/auth/login', headers, { name: 'alice' }))

  test('a browser gets its session as a cookie, with a CSRF token bound to it, and no token in the body', async () => {
    const answer = await login()
    const [session, csrf] = answer.headers.getSetCookie()
    expect(session).toBe('__Host-keywright-session=alice.verifier; Max-Age=1166400; Path=/; Secure; HttpOnly; SameSite=Lax')
    const token = csrf?.match(/^__Host-keywright-csrf=([^;]+)/)?.[1] ?? ''
    expect(verifiesCsrf(keys, token, csrfBindingOf('alice.verifier'))).toBe(true)
    expect(await answer.json()).toEqual({ status: 'active' })
  })

  test('a bearer client gets tokens and no cookie', async () => {
    const answer = await login({ 'x-auth-strategy': 'bearer' })
    expect(await answer.json()).toEqual({ status: 'active', accessToken: 'at', refreshToken: 'rt', expiresIn: 900 })
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test('a session that ends takes its CSRF cookie along', async () => {
    const answer = await core.handle(req('POST', '/auth/logout', cookieOf('alice')))
    expect(answer.status).toBe(204)
    expect(answer.headers.getSetCookie()).toEqual([
      '__Host-keywright-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax',
      '__Host-keywright-csrf=; Max-Age=0; Path=/; Secure; SameSite=Lax',
    ])
  })

  test('a CSRF token the handler made is the one that is delivered', async () => {
    const answer = await core.handle(req('GET', '/auth/csrf', cookieOf('alice')))
    const { csrfToken } = (await answer.json()) as { csrfToken: string }
    expect(answer.headers.getSetCookie()).toEqual([`__Host-keywright-csrf=${csrfToken}; Path=/; Secure; SameSite=Lax`])
  })
})
