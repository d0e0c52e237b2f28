import { describe, expect, test } from 'vitest'
import { createKeyRing } from '../crypto/key-ring.ts'
import { issueCsrf, verifiesCsrf } from './origin.ts'
import { baseUrl, cookieOf, keys, req, testCore } from './test-core.ts'

const partner = 'https://admin.example.net'
const { core } = testCore({ origins: [partner] })
const bodies: Record<string, object> = { '/auth/password': { next: 'x' } }
const status = async (headers: Record<string, string | undefined>, path = '/auth/me', method = 'PATCH') =>
  (await core.handle(req(method, path, { 'sec-fetch-site': undefined, ...headers }, bodies[path] ?? { name: 'alice' }))).status

const withToken = (name: string, token: string, header = token) => ({
  ...cookieOf(name, `; __Host-keywright-csrf=${token}`),
  'x-csrf-token': header,
})

describe('cross-site request forgery', () => {
  test('a safe method passes from anywhere', async () => {
    const answer = await core.handle(req('GET', '/auth/me', { ...cookieOf('alice'), 'sec-fetch-site': 'cross-site' }))
    expect(answer.status).toBe(200)
  })

  test('cross-site WebSocket hijacking: a socket is opened with cookies by our own pages only', async () => {
    const by = async (headers: Record<string, string>) => {
      const sent = { ...cookieOf('alice'), upgrade: 'WebSocket', 'sec-fetch-site': undefined, ...headers }
      return (await core.handle(req('GET', '/auth/me', sent))).status
    }
    expect(await by({ 'sec-fetch-site': 'same-origin', origin: baseUrl })).toBe(200)
    expect(await by({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' })).toBe(403)
    expect(await by({ origin: 'https://evil.test' })).toBe(403)
    expect(await by({ origin: partner })).toBe(200)
  })

  test('Sec-Fetch-Site decides: same-origin and none pass; same-site and cross-site only from a listed origin', async () => {
    const by = (site: string, origin?: string) => status({ ...cookieOf('alice'), 'sec-fetch-site': site, origin })
    expect(await Promise.all([by('same-origin'), by('none')])).toEqual([200, 200])
    expect(await Promise.all([by('same-site'), by('same-site', 'https://evil.example.org'), by('same-site', partner)])).toEqual([
      403, 403, 200,
    ])
    expect(await Promise.all([by('cross-site'), by('cross-site', 'https://evil.test'), by('cross-site', partner)])).toEqual([
      403, 403, 200,
    ])
    expect(await by('nonsense', partner)).toBe(403)
  })

  test('without Sec-Fetch-Site the Origin must be a configured one, to the letter', async () => {
    const by = (origin: string) => status({ ...cookieOf('alice'), origin })
    expect(await Promise.all([by(baseUrl), by(partner)])).toEqual([200, 200])
    const foreign = [
      'null',
      'https://evil.test',
      'http://app.example.org',
      `${baseUrl}.evil.test`,
      `${baseUrl}:8443`,
      'https://APP.example.org',
    ]
    expect(await Promise.all(foreign.map(by))).toEqual(foreign.map(() => 403))
  })

  test('without both headers, a request with cookies of ours owes the signed token in header and cookie', async () => {
    const good = issueCsrf(keys, 'alice')
    expect(await status(cookieOf('alice'))).toBe(403)
    expect(await status(withToken('alice', good))).toBe(200)
    expect(await status(withToken('alice', good, issueCsrf(keys, 'alice')))).toBe(403)
    expect(await status(cookieOf('alice', `; __Host-keywright-csrf=${good}`))).toBe(403)
    expect(await status({ ...cookieOf('alice'), 'x-csrf-token': good })).toBe(403)
  })

  test('an Origin of null, as of a form without a referrer and of a sandboxed frame, owes the token with or without a session', async () => {
    const good = issueCsrf(keys, 'alice')
    const before = issueCsrf(keys, '')
    const visitor = (cookie: string) => status({ cookie, 'x-csrf-token': before, origin: 'null' }, '/auth/login', 'POST')
    expect(await status({ ...withToken('alice', good), origin: 'null' })).toBe(200)
    expect(await status({ ...withToken('alice', before), origin: 'null' })).toBe(403)
    expect(await visitor(`__Host-keywright-csrf=${before}`)).toBe(200)
    expect(await visitor('')).toBe(403)
    expect(await status({ ...withToken('alice', good), origin: 'https://evil.test' })).toBe(403)
  })

  test('a csrf cookie planted by a sibling host proves nothing: the token is bound to the session', async () => {
    for (const planted of [
      issueCsrf(keys, 'mallory'),
      issueCsrf(keys, ''),
      'a.b',
      'forged',
      '',
      '.',
      `${issueCsrf(keys, 'alice')}.x`,
    ]) {
      expect(await status(withToken('alice', planted))).toBe(403)
    }
  })

  test('without both headers and without cookies a client is no browser and passes', async () => {
    expect(await status({}, '/auth/login', 'POST')).toBe(200)
  })

  test('a known-device cookie is no credential: alone it owes no token, beside a session it excuses nothing', async () => {
    const device = '__Host-keywright-device=e.i.t'
    expect(await status({ cookie: device }, '/auth/login', 'POST')).toBe(200)
    expect(await status(cookieOf('alice', `; ${device}`))).toBe(403)
  })

  test('login CSRF: a form of another site cannot log a browser in, though no cookie is sent', async () => {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'cross-site', origin: 'null' },
      { origin: 'https://evil.test' },
    ]) {
      expect(await status(headers, '/auth/login', 'POST')).toBe(403)
    }
  })

  test('credentials at stake: the token is owed even by our own pages, and only by the session cookie', async () => {
    const own = { 'sec-fetch-site': 'same-origin' }
    expect(await status({ ...own, ...cookieOf('alice') }, '/auth/password', 'POST')).toBe(403)
    expect(await status({ ...own, ...withToken('alice', issueCsrf(keys, 'mallory')) }, '/auth/password', 'POST')).toBe(403)
    expect(await status({ ...own, ...withToken('alice', issueCsrf(keys, 'alice')) }, '/auth/password', 'POST')).toBe(204)
  })

  test('a deployment may ask for the token everywhere: the session cookie owes it, nobody else does', async () => {
    const strict = testCore({ csrf: 'token' }).core
    const by = async (headers: Record<string, string>, path = '/auth/me', method = 'PATCH') =>
      (await strict.handle(req(method, path, headers, bodies[path] ?? { name: 'alice' }))).status
    expect(await by(cookieOf('alice'))).toBe(403)
    expect(await by(withToken('alice', issueCsrf(keys, 'mallory')))).toBe(403)
    expect(await by(withToken('alice', issueCsrf(keys, 'alice')))).toBe(200)
    expect(await by({ ...withToken('alice', issueCsrf(keys, 'alice')), 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await by({ authorization: 'Bearer alice' })).toBe(200)
    expect(await by({}, '/auth/login', 'POST')).toBe(200)
    expect((await strict.handle(req('GET', '/auth/me', cookieOf('alice')))).status).toBe(200)
    const guarded = (headers: Record<string, string>) => () =>
      strict.assertOwn({ method: 'POST', headers: { 'sec-fetch-site': 'same-origin', ...headers } })
    expect(guarded(cookieOf('alice'))).toThrow('The request did not come from this site')
    expect(guarded(withToken('alice', issueCsrf(keys, 'alice')))).not.toThrow()
  })

  test('a bearer request is exempt, because it spends no cookie', async () => {
    expect(await status({ authorization: 'Bearer alice', origin: 'https://evil.test' })).toBe(200)
    expect(await status({ authorization: 'Bearer alice', ...cookieOf('alice'), 'sec-fetch-site': 'cross-site' })).toBe(200)
  })

  test('another Authorization scheme, which a browser adds by itself, exempts nothing', async () => {
    expect(await status({ authorization: 'Basic YTpi', ...cookieOf('alice'), 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await status({ 'x-auth-strategy': 'bearer', ...cookieOf('alice'), 'sec-fetch-site': 'cross-site' })).toBe(403)
  })

  test('a token outlives the rotation of secrets, and no change of its parts', () => {
    const older = 'another-secret-of-the-tests-with-32-bytes'
    const token = issueCsrf(createKeyRing([older]), 'alice')
    const rotated = createKeyRing(['the-newest-secret-of-the-tests-of-32-bytes', older])
    expect(verifiesCsrf(rotated, token, 'alice')).toBe(true)
    expect([`x${token}`, `${token}x`, token.replace('.', '')].some((forged) => verifiesCsrf(rotated, forged, 'alice'))).toBe(
      false,
    )
  })
})

describe('cross-origin reads', () => {
  const asks = { origin: partner, 'sec-fetch-site': 'cross-site', 'access-control-request-method': 'PATCH' }

  test('a preflight from a listed origin learns what it may send', async () => {
    const { status, headers } = await core.handle(req('OPTIONS', '/auth/me', asks))
    expect([status, headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')]).toEqual([
      204,
      partner,
      'true',
    ])
    expect(headers.get('access-control-allow-methods')).toBe('GET, HEAD, PATCH, OPTIONS')
    expect(headers.get('access-control-allow-headers')).toContain('x-csrf-token')
  })

  test('a foreign origin learns nothing, and there is never a star', async () => {
    for (const method of ['OPTIONS', 'GET']) {
      const { headers } = await core.handle(req(method, '/auth/me', { ...asks, origin: 'https://evil.test' }))
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(headers.get('vary')).toBe('Origin')
    }
  })

  test('a refusal can be read by a listed origin too', async () => {
    const { status, headers } = await core.handle(req('GET', '/auth/me', { origin: partner }))
    expect([status, headers.get('access-control-allow-origin')]).toEqual([401, partner])
  })
})
