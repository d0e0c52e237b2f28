import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { virtualClock } from '../../testing/clock.ts'
import { buildVerifier, type VerifierOptions } from './verifier.ts'

type Pair = { privateKey: CryptoKey; publicKey: CryptoKey }
type Given = Partial<VerifierOptions> & { keys: Record<string, Pair> }

const audience = 'https://api.example.com'
const [first, second] = [await generateKeyPair('EdDSA'), await generateKeyPair('EdDSA')]
const rsa = await generateKeyPair('RS256', { extractable: true })

/** An issuer that publishes `keys` by their ids, and a verifier of its tokens, on one clock. */
async function open({ keys, ...options }: Given) {
  const clock = virtualClock(new Date('2026-03-01T09:00:00Z'))
  let asked = 0
  let published = await setOf(keys)
  const well = (response: ServerResponse) => void response.end(published)
  let answer = well
  let leftOff = false
  const server = createServer((_, response) => {
    asked += 1
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = options.issuer ?? 'https://id.example.com'
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  const verifier = buildVerifier({ jwksUrl, issuer, audience, algorithms: ['EdDSA'], ...options }, clock)
  const sign = (key: CryptoKey, header: object, payload: JWTPayload = {}) => {
    const iat = clock.now().getTime() / 1000
    return new SignJWT({ iss: issuer, aud: audience, sub: 'ada', iat, exp: iat + 300, ...payload })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...header })
      .sign(key)
  }
  const look = async (token: Promise<string>) => verifier.authenticate({ headers: { authorization: `Bearer ${await token}` } })
  return {
    clock,
    look,
    sign,
    /** How a token of this moment under this key fares. */
    status: async (kid: string, { privateKey }: Pair) => (await look(sign(privateKey, { kid }))).status,
    asked: () => asked,
    publish: async (next: Record<string, Pair>) => {
      published = await setOf(next)
    },
    isAway: () => {
      answer = (response) => void response.writeHead(500).end()
    },
    hangs: () => {
      answer = (response) => {
        response.once('close', () => {
          leftOff = true
        })
      }
    },
    /** Whether somebody has waited for an answer until they had enough of it. */
    isLeftOff: () => leftOff,
    isBack: () => {
      answer = well
    },
  }
}

async function setOf(pairs: Record<string, Pair>): Promise<string> {
  const keys: JWK[] = []
  for (const [kid, { publicKey }] of Object.entries(pairs)) keys.push({ ...(await exportJWK(publicKey)), kid, use: 'sig' })
  return JSON.stringify({ keys })
}

describe('foreign issuers', () => {
  const taken = { keys: { one: rsa }, algorithms: ['RS256'], typ: 'JWT' } as const

  test('Auth0: RS256, typ JWT, an issuer with a slash, two audiences', async () => {
    const { look, sign } = await open({ ...taken, issuer: 'https://example.eu.auth0.com/' })
    const payload = {
      sub: 'auth0|65f1',
      aud: [audience, 'https://example.eu.auth0.com/userinfo'],
      azp: 'spa',
      scope: 'openid orders:read',
    }
    expect(await look(sign(rsa.privateKey, { alg: 'RS256', kid: 'one', typ: 'JWT' }, payload))).toMatchObject({
      status: 'active',
      userId: 'auth0|65f1',
      scopes: ['openid', 'orders:read'],
    })
  })

  test('Keycloak: RS256, typ JWT, the account client beside us', async () => {
    const { look, sign } = await open({ ...taken, issuer: 'https://sso.example.com/realms/shop' })
    const payload = { aud: ['account', audience], typ: 'Bearer', realm_access: { roles: ['user'] }, scope: 'profile email' }
    expect(await look(sign(rsa.privateKey, { alg: 'RS256', kid: 'one', typ: 'JWT' }, payload))).toMatchObject({
      status: 'active',
      claims: { realm_access: { roles: ['user'] } },
    })
  })

  test.each<[string, JWTPayload]>([
    ['none of several is us', { aud: ['account', `${audience}/`] }],
    ['we are nested', { aud: [[audience]] as never }],
    ['there is none', { aud: undefined as never }],
  ])('JWT-07: an audience is refused where %s', async (_, payload) => {
    const { look, sign } = await open(taken)
    const header = { alg: 'RS256', kid: 'one', typ: 'JWT' }
    expect(await look(sign(rsa.privateKey, header, payload))).toMatchObject({ status: 'invalid' })
  })

  test('a good signature of an algorithm nobody named is refused', async () => {
    const token = async ({ sign }: Awaited<ReturnType<typeof open>>) => {
      const key = await crypto.subtle.exportKey('pkcs8', rsa.privateKey)
      const sha512 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }
      const other = await crypto.subtle.importKey('pkcs8', key, sha512, false, ['sign'])
      return sign(other, { alg: 'RS512', kid: 'one', typ: 'JWT' })
    }
    const narrow = await open(taken)
    const wide = await open({ ...taken, algorithms: ['RS256', 'RS512'] })
    expect(await wide.look(token(wide))).toMatchObject({ status: 'active' })
    expect(await narrow.look(token(narrow))).toMatchObject({ status: 'invalid' })
  })
})

describe('keys that change', () => {
  test('a new key is found after a minute, and one that was taken back is used for ten minutes at most', async () => {
    const { status, clock, publish, asked } = await open({ keys: { one: first } })
    expect(await status('one', first)).toBe('active')
    await publish({ two: second })
    clock.advance('59s')
    expect([await status('two', second), asked()]).toEqual(['invalid', 1])
    clock.advance('1s')
    expect([await status('two', second), asked()]).toEqual(['active', 2])
    expect(await status('one', first)).toBe('invalid')
    await publish({ one: first })
    clock.advance('9m')
    expect(await status('two', second)).toBe('active')
    clock.advance('1m')
    expect(await status('two', second)).toBe('invalid')
  })
})

describe('F-11: an issuer that is away', () => {
  test('takes nobody with it whose key is known, and is asked once a minute', async () => {
    const { status, clock, isAway, asked } = await open({ keys: { one: first } })
    expect(await status('one', first)).toBe('active')
    isAway()
    clock.advance('10m')
    for (let second = 0; second < 180; second++) {
      expect(await status('one', first)).toBe('active')
      clock.advance('1s')
    }
    expect(asked()).toBe(4)
  })

  test('holds nobody up by hanging once it is known to be away', async () => {
    const { status, clock, isAway, hangs, isLeftOff, asked } = await open({ keys: { one: first } })
    await status('one', first)
    isAway()
    clock.advance('10m')
    await status('one', first)
    hangs()
    clock.advance('1m')
    expect([await status('one', first), await status('one', first), isLeftOff()]).toEqual(['active', 'active', false])
    await expect.poll(asked).toBe(3)
  })

  test('leaves open whether an unknown key is good, and is believed as soon as it is back', async () => {
    const { status, clock, publish, isAway, isBack } = await open({ keys: { one: first } })
    await status('one', first)
    isAway()
    await publish({ two: second })
    clock.advance('1m')
    expect([await status('two', second), await status('one', first)]).toEqual(['unavailable', 'active'])
    isBack()
    clock.advance('1m')
    expect([await status('two', second), await status('one', first)]).toEqual(['active', 'invalid'])
  })

  test('for a day is away altogether, and everything works again once it is back', async () => {
    const { status, clock, isAway, isBack, asked } = await open({ keys: { one: first } })
    expect(await status('one', first)).toBe('active')
    isAway()
    clock.advance('23h')
    expect(await status('one', first)).toBe('active')
    clock.advance('1h')
    expect([await status('one', first), await status('one', first), asked()]).toEqual(['unavailable', 'unavailable', 3])
    isBack()
    clock.advance('5s')
    expect(await status('one', first)).toBe('active')
  })

  test('from the start is asked every five seconds', async () => {
    const { status, clock, isAway, isBack, asked } = await open({ keys: { one: first } })
    isAway()
    expect([await status('one', first), await status('one', first), asked()]).toEqual(['unavailable', 'unavailable', 1])
    isBack()
    clock.advance('5s')
    expect([await status('one', first), asked()]).toEqual(['active', 2])
  })
})
