import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BootError } from './kernel/config/boot-error.ts'
import { createTestAuth } from './testing.ts'
import { createVerifier } from './verify.ts'

const issuer = 'https://id.example.com'
const audience = 'https://api.example.com'
const pair = await generateKeyPair('EdDSA')
const foreign = await generateKeyPair('EdDSA')

const claims = { sub: 'ada', scope: 'orders:read orders:write' }
const at = () => Math.floor(Date.now() / 1000)

function sign(header: object = {}, payload: JWTPayload = {}, key = pair.privateKey): Promise<string> {
  return new SignJWT({ iss: issuer, aud: audience, iat: at(), exp: at() + 300, ...claims, ...payload })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'one', typ: 'at+jwt', ...header })
    .sign(key)
}

const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

/** An issuer that publishes one key and counts who asks. */
let published: {
  url: string
  asked: () => number
  answer: (status: number) => void
  serve: (keys: string) => void
  close(): Promise<void>
}

beforeEach(async () => {
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'EdDSA', use: 'sig' }
  let asked = 0
  let status = 200
  let keys = JSON.stringify({ keys: [jwk] })
  const server = createServer((_, response) => {
    asked += 1
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(status === 200 ? keys : 'down')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  published = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    asked: () => asked,
    answer: (next) => {
      status = next
    },
    serve: (next) => {
      keys = next
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
})
afterEach(() => published.close())

const verifier = () => createVerifier({ jwksUrl: published.url, issuer, audience, algorithms: ['EdDSA'] })

describe('a resource server', () => {
  test('takes a token of its issuer and says whose it is', async () => {
    const found = await verifier().require(bearing(await sign()), { scope: 'orders:read' })
    expect(found).toMatchObject({ userId: 'ada', scopes: ['orders:read', 'orders:write'] })
  })

  test('answers none without a token, and refuses a scope the token does not have', async () => {
    expect(await verifier().authenticate({ headers: {} })).toEqual({ status: 'none' })
    await expect(verifier().require(bearing(await sign()), { scope: 'orders:delete' })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  test.each<[string, object]>([
    ['that is misspelt', { scopes: 'orders:delete' }],
    ['without a value', { scope: undefined }],
    ['that only sessions can meet', { role: 'admin' }],
  ])('lets nobody through a demand %s', async (_, demands) => {
    await expect(verifier().require(bearing(await sign()), demands)).rejects.toThrow(BootError)
  })

  test.each<[string, () => Promise<string>]>([
    ['JWT-01: without a signature', async () => (await sign()).replace(/[^.]+$/, '')],
    [
      'JWT-01: alg none',
      async () => `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${(await sign()).split('.')[1]}.`,
    ],
    ['of another key under a known id', () => sign({}, {}, foreign.privateKey)],
    ['JWT-05: of an unknown key', () => sign({ kid: '../../etc/passwd' })],
    ['JWT-07: for another audience', () => sign({}, { aud: 'https://other.example.com' })],
    ['JWT-08: of an issuer with a slash', () => sign({}, { iss: `${issuer}/` })],
    ['that has run out', () => sign({}, { iat: at() - 600, exp: at() - 120 })],
    ['without an end', () => sign({}, { exp: undefined as never })],
    ['of another type, such as an ID token', () => sign({ typ: 'JWT' })],
    ['JWT-11: of a megabyte', async () => (await sign()) + 'A'.repeat(1_000_000)],
  ])('refuses a token %s', async (_, token) => {
    expect(await verifier().authenticate(bearing(await token()))).toMatchObject({
      status: 'invalid',
      error: { code: 'unauthorized' },
    })
  })

  test('JWT-05: a hundred unknown key ids cause one reading of the key set', async () => {
    const of = verifier()
    for (let index = 0; index < 100; index++) await of.authenticate(bearing(await sign({ kid: `unknown-${index}` })))
    expect(published.asked()).toBe(1)
  })

  test('F-11: an issuer that answers 500 is unavailable, never "logged out", and is not hammered', async () => {
    published.answer(500)
    const of = verifier()
    const token = bearing(await sign())
    for (let index = 0; index < 20; index++) expect(await of.authenticate(token)).toMatchObject({ status: 'unavailable' })
    expect(published.asked()).toBe(1)
  })

  test('JWT-02: a symmetric algorithm or a remote http key set is refused at the start', () => {
    const options = { jwksUrl: published.url, issuer, audience }
    expect(() => createVerifier({ ...options, algorithms: ['HS256' as never] })).toThrow(/algorithms/)
    expect(() => createVerifier({ ...options, jwksUrl: 'http://id.example.com/jwks', algorithms: ['EdDSA'] })).toThrow(/jwksUrl/)
  })

  test('takes the tokens that Keywright issues', async () => {
    const { auth, client, seed, close } = await createTestAuth({ startAt: new Date() })
    const { email, password, id } = await seed.user()
    let accessToken = ''
    const onRequest = (request: Request) => {
      accessToken = request.headers.get('authorization')?.slice('Bearer '.length) ?? ''
      return request
    }
    const ada = client({ mode: 'bearer', onRequest })
    await ada.login({ email, password })
    await ada.me()
    const jwks = await (await auth.handle(new Request('https://app.example.test/.well-known/jwks.json'))).text()
    published.serve(jwks)
    const own = { issuer: 'https://app.example.test', audience: 'https://app.example.test' }
    const of = createVerifier({ jwksUrl: published.url, ...own, algorithms: ['EdDSA'] })
    expect(await of.require(bearing(accessToken))).toMatchObject({ userId: id })
    await close()
  })
})
