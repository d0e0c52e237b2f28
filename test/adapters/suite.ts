/**
 * One HTTP suite for every host. It speaks to an origin only, so a host may as well be another process.
 *
 * A host mounts the routes and has: `GET /orders` behind `guard()`, `POST /refunds` behind `guard({ within: '5m' })`, `GET /admin` behind
 * `guard({ role: 'admin' })`, each answering `{ userId }`; `POST /echo`, which answers the JSON it got as the host itself parsed it; and
 * `GET /unguarded`, which calls `current()` without a guard.
 *
 * @module
 */
import { expect, test } from 'vitest'

/** How a host is started. `broken` has a database that cannot be opened. */
export interface Host {
  readonly name: string
  readonly basePath?: `/${string}`
  start(kind: 'working' | 'broken'): Promise<string>
}

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const json = { 'content-type': 'application/json' }
const bearer = { ...json, 'x-auth-strategy': 'bearer' }

const post = (url: string, body: unknown, headers: Record<string, string> = json) =>
  fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })

async function seen(answer: Response) {
  const { code, instance } = (await answer.json()) as { code: string; instance: string }
  const isNamed = instance === `urn:uuid:${answer.headers.get('x-correlation-id')}`
  return [answer.status, answer.headers.get('content-type'), code, isNamed]
}
const refusal = (status: number, code: string) => [status, 'application/problem+json', code, true]

const cookiesOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')

/** Registers the tests of one host; call it inside of a `describe`. */
export function adapterSuite({ basePath = '/auth', start }: Host): void {
  const working = async () => {
    const origin = await start('working')
    return { origin, base: `${origin}${basePath}` }
  }
  const registered = async () => {
    const { origin, base } = await working()
    const answer = await post(`${base}/register`, ada, bearer)
    const { accessToken, refreshToken, user } = (await answer.json()) as Tokens
    return { origin, base, user, refreshToken, authorization: `Bearer ${accessToken}` }
  }

  guardTests(working, registered, start)
  bodyTests(working)
  wireTests(working, registered)
}

type Tokens = { accessToken: string; refreshToken: string; user: { id: string } }
type Working = () => Promise<{ origin: string; base: string }>
type Registered = () => Promise<{ origin: string; base: string; authorization: string } & Omit<Tokens, 'accessToken'>>

function guardTests(working: Working, registered: Registered, start: Host['start']): void {
  test('a guard lets a session through, and nobody after the logout', async () => {
    const { origin, base, user, refreshToken, authorization } = await registered()
    const orders = () => fetch(`${origin}/orders`, { headers: { authorization } })
    expect(await (await orders()).json()).toEqual({ userId: user.id })
    expect((await post(`${base}/logout`, { refreshToken }, bearer)).status).toBe(204)
    expect((await orders()).status).toBe(401)
  })

  test('a guard refuses as every route of ours does: 401 for nobody, 403 for somebody else, with an id and as a problem', async () => {
    const { origin, authorization } = await registered()
    const nobody = await fetch(`${origin}/orders`)
    expect(nobody.headers.get('strict-transport-security')).toBe('max-age=31536000')
    expect(await seen(nobody)).toEqual(refusal(401, 'unauthorized'))
    expect(await seen(await fetch(`${origin}/admin`, { headers: { authorization } }))).toEqual(refusal(403, 'forbidden'))
  })

  test('a guard and a route say 503 and when to come back, while nobody can look', async () => {
    const origin = await start('broken')
    const answer = await fetch(`${origin}/orders`)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await seen(answer)).toEqual(refusal(503, 'unavailable'))
  })

  test('CS-01: a guard refuses what another site made a browser send, and takes the same from our own pages', async () => {
    const { origin, base } = await working()
    const cookie = cookiesOf(await post(`${base}/register`, ada))
    const refund = (site: string) => post(`${origin}/refunds`, {}, { ...json, cookie, 'sec-fetch-site': site })
    expect(await seen(await refund('cross-site'))).toEqual(refusal(403, 'csrf_rejected'))
    expect((await refund('same-origin')).status).toBeLessThan(300)
  })

  test('current() where no guard ran is a bug, never a caller', async () => {
    const { origin, authorization } = await registered()
    expect((await fetch(`${origin}/unguarded`, { headers: { authorization } })).status).toBe(500)
  })
}

function bodyTests(working: Working): void {
  test('a body in chunks of unknown length arrives whole', async () => {
    const { base } = await working()
    const text = JSON.stringify(ada)
    const body = new ReadableStream({
      start(controller) {
        for (const part of [text.slice(0, 9), text.slice(9)]) controller.enqueue(new TextEncoder().encode(part))
        controller.close()
      },
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers: json, body, duplex: 'half' }
    expect((await fetch(`${base}/register`, init)).status).toBe(201)
  })

  test('a body that is too large is refused with 413', async () => {
    const { base } = await working()
    const answer = await post(`${base}/login`, { email: ada.email, password: 'x'.repeat(70 * 1024) })
    expect(await seen(answer)).toEqual(refusal(413, 'payload_too_large'))
  })

  test('a body that is not valid is refused with the fields at fault', async () => {
    const { base } = await working()
    const answer = await post(`${base}/register`, { ...ada, email: 'not an address' })
    expect(await seen(answer.clone())).toEqual(refusal(400, 'validation_failed'))
    expect(await answer.json()).toHaveProperty('errors.0.pointer')
  })

  test('the host still parses the bodies of its own routes', async () => {
    const { origin } = await working()
    expect(await (await post(`${origin}/echo`, { crème: 'brûlée' })).json()).toEqual({ crème: 'brûlée' })
  })
}

function wireTests(working: Working, registered: Registered): void {
  test('several cookies arrive as several headers', async () => {
    const { base } = await working()
    const lines = (await post(`${base}/register`, ada)).headers.getSetCookie()
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.every((line) => /^[\w-]+=[^,]*; /.test(line))).toBe(true)
  })

  test('an answer is streamed: its first line is there before the last is written', async () => {
    const { base } = await working()
    const reader = (await fetch(`${base}/ticks`)).body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toBe('first\n')
    await post(`${base}/ticks`, {})
    expect((await reader?.read())?.value).toBe('last\n')
    expect((await reader?.read())?.done).toBe(true)
  })

  test('a large answer arrives whole', async () => {
    const { base } = await working()
    const script = await (await fetch(`${base}/docs/swagger-ui-bundle.js`)).text()
    expect(script.length).toBeGreaterThan(1_000_000)
    expect(script.endsWith('i=i.default})()));')).toBe(true)
  })

  test('HEAD has no body, OPTIONS says what is allowed, another method is 405', async () => {
    const { base } = await working()
    const head = await fetch(`${base}/me`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([401, ''])
    const options = await fetch(`${base}/login`, { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, expect.stringContaining('POST')])
    expect(await seen(await fetch(`${base}/login`, { method: 'DELETE' }))).toEqual(refusal(405, 'method_not_allowed'))
  })

  test('what is not ours is passed on, also when it only begins like us; what is ours and unknown is our 404', async () => {
    const { origin, base } = await working()
    for (const path of ['/elsewhere', '/authors', `${base.slice(origin.length)}ors`]) {
      const answer = await fetch(`${origin}${path}`)
      expect([answer.status, answer.headers.get('content-type')]).not.toContain('application/problem+json')
      expect(answer.status).toBe(404)
    }
    expect(await seen(await fetch(`${base}/nothing?of=this`))).toEqual(refusal(404, 'not_found'))
  })

  test('a session knows the address of the socket', async () => {
    const { base, authorization } = await registered()
    const { sessions } = (await (await fetch(`${base}/sessions`, { headers: { authorization } })).json()) as {
      sessions: { ipAddress: string | null }[]
    }
    expect(sessions.map(({ ipAddress }) => ipAddress)).toEqual(['127.0.0.1'])
  })
}
