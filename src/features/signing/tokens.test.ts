import { compactVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { mac } from '../../kernel/crypto/random.ts'
import { generateKey, importKey, isKeyPair, type Signer, type SigningKey, sharedKey, signerAt } from './keys.ts'
import { signShared } from './shared-tokens.ts'
import { readHeader, signToken, type VerifyResult, verifyToken } from './tokens.ts'

const noon = new Date('2026-01-01T12:00:00Z')
const expected = { issuer: 'https://app.example', audience: 'https://app.example', at: noon }
const claims = { iss: 'https://app.example', aud: 'https://app.example', sub: 'user-1' }
const after = (seconds: number) => new Date(noon.getTime() + seconds * 1000)

const keyOf = async (alg: 'EdDSA' | 'ES256' | 'RS256'): Promise<Signer> => {
  const key = await importKey(await generateKey(alg), { createdAt: noon, activeAt: noon, retiredAt: null, expiresAt: null })
  return signerAt([key], noon) as Signer
}
const key = await keyOf('EdDSA')
const stranger = await keyOf('EdDSA')

/** As the service does: the header picks the key by exact id. */
async function verify(token: string, keys: readonly SigningKey[] = [key], at = noon): Promise<VerifyResult> {
  const header = readHeader(token)
  if (!header) return { ok: false, reason: 'malformed' }
  const found = new Map(keys.map((one) => [one.kid, one])).get(header.kid)
  return found ? verifyToken(token, header, found, { ...expected, at }) : { ok: false, reason: 'unknown_key' }
}

const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const good = { alg: 'EdDSA', kid: key.kid, typ: 'at+jwt' }
const sign = (payload: object, by: Signer = key) => signToken(by, { ...payload }, { type: 'at+jwt', ttlSeconds: 900, at: noon })
/** Signed with our own key, whatever the header says: the worst case. */
const signedWith = (
  header: object,
  payload: object = { ...claims, iat: noon.getTime() / 1000, exp: noon.getTime() / 1000 + 900 },
) => new SignJWT({ ...payload }).setProtectedHeader({ ...good, ...header }).sign(key.privateKey, { crit: { ext: false } })
/** The bytes of a good token under a header that was put in its place. */
async function withHeader(header: unknown): Promise<string> {
  const [, payload, signature] = (await sign(claims)).split('.')
  return [encode(header), payload, signature].join('.')
}

test.each(['EdDSA', 'ES256', 'RS256'] as const)(
  'a token signed with %s verifies, and anybody can check it with the public key',
  async (alg) => {
    const own = await keyOf(alg)
    const token = await sign(claims, own)
    expect(await verify(token, [own])).toEqual({
      ok: true,
      payload: { ...claims, iat: noon.getTime() / 1000, exp: noon.getTime() / 1000 + 900 },
    })
    expect((await compactVerify(token, own.publicKey)).protectedHeader).toEqual({ alg, kid: own.kid, typ: 'at+jwt' })
  },
)

test('a token is accepted to the second of its expiry and not after', async () => {
  const token = await sign(claims)
  expect((await verify(token, [key], after(899))).ok).toBe(true)
  expect(await verify(token, [key], after(900))).toEqual({ ok: false, reason: 'expired' })
})

test('a token from a clock that is a little ahead is accepted, one from next week is not', async () => {
  expect((await verify(await sign(claims), [key], after(-60))).ok).toBe(true)
  expect(await verify(await sign(claims), [key], after(-61))).toEqual({ ok: false, reason: 'invalid' })
  expect(await verify(await sign({ ...claims, nbf: noon.getTime() / 1000 + 61 }))).toEqual({ ok: false, reason: 'invalid' })
})

test('a refresh token is no access token, nor the other way round, though one key signed both', async () => {
  const refresh = await signToken(key, claims, { type: 'rt+jwt', ttlSeconds: 900, at: noon })
  const header = readHeader(refresh)
  expect(header?.typ).toBe('rt+jwt')
  expect(await verify(refresh)).toEqual({ ok: false, reason: 'invalid' })
  if (!header) throw new Error('unread')
  expect((await verifyToken(refresh, header, key, { ...expected, type: 'rt+jwt' })).ok).toBe(true)
  const access = await sign(claims)
  expect(await verifyToken(access, { ...header, typ: 'at+jwt' }, key, { ...expected, type: 'rt+jwt' })).toEqual({
    ok: false,
    reason: 'invalid',
  })
})

test('a token that is too long to be read again is never issued, and whoever made its claims is told why', async () => {
  const note = (length: number) => sign({ ...claims, note: 'n'.repeat(length) })
  const room = Math.floor(((8192 - (await note(0)).length) * 3) / 4) - 2
  expect(await verify(await note(room))).toMatchObject({ ok: true })
  await expect(note(room + 8)).rejects.toThrow('claims of a token are too large')
})

describe('JWT-01: no signature', () => {
  test.each(['none', 'None', 'NONE', 'nOnE', ''])('alg %j is refused, with and without a signature', async (alg) => {
    const [, payload, signature] = (await sign(claims)).split('.')
    const header = encode({ ...good, alg })
    expect((await verify(`${header}.${payload}.`)).ok).toBe(false)
    expect((await verify(`${header}.${payload}.${signature}`)).ok).toBe(false)
  })

  test('a good header with an empty signature is refused', async () => {
    const [header, payload] = (await sign(claims)).split('.')
    expect(await verify(`${header}.${payload}.`)).toEqual({ ok: false, reason: 'malformed' })
    expect(await verify(`${header}.${payload}`)).toEqual({ ok: false, reason: 'malformed' })
  })
})

test.each(['HS256', 'HS384', 'HS512'])('JWT-02: %s with our public key as the secret is refused', async (alg) => {
  const own = await keyOf('RS256')
  const payload = encode({ ...claims, iat: 0, exp: 9_999_999_999 })
  const header = encode({ alg, kid: own.kid, typ: 'at+jwt' })
  for (const secret of [JSON.stringify(own.publicJwk), own.publicJwk?.n ?? '', own.kid]) {
    const signature = mac(Buffer.from(secret), `${header}.${payload}`).toString('base64url')
    expect(await verify(`${header}.${payload}.${signature}`, [own])).toEqual({ ok: false, reason: 'invalid' })
  }
})

test('JWT-02: a key verifies its own algorithm only', async () => {
  const rsa = await keyOf('RS256')
  const confused = { ...(await keyOf('ES256')), kid: rsa.kid }
  expect(await verify(await sign(claims, confused), [rsa])).toEqual({ ok: false, reason: 'invalid' })
})

describe('JWT-02: a secret that others hold', () => {
  const own = sharedKey('a secret that is shared with the verifiers of an application', noon) as Signer

  test('verifies HS256 under its own kid, as anybody does who has it, and nothing else', async () => {
    const token = await sign(claims, own)
    expect(await verify(token, [own])).toMatchObject({ ok: true, payload: claims })
    expect((await compactVerify(token, own.publicKey)).protectedHeader).toEqual({ alg: 'HS256', kid: 'shared', typ: 'at+jwt' })
    expect(await verify(await sign(claims, { ...key, kid: own.kid }), [own])).toEqual({ ok: false, reason: 'invalid' })
    expect(await verify(await sign(claims, { ...own, kid: key.kid }))).toEqual({ ok: false, reason: 'invalid' })
    for (const alg of ['HS384', 'HS512', 'none']) {
      const [, payload, signature] = token.split('.')
      const header = encode({ alg, kid: own.kid, typ: 'at+jwt' })
      expect(await verify(`${header}.${payload}.${signature}`, [own])).toEqual({ ok: false, reason: 'invalid' })
    }
  })

  test('is no key pair, so that nobody is shown it', () => {
    expect([own, key].map(isKeyPair)).toEqual([false, true])
  })

  test('signs at once for code that cannot wait', async () => {
    const token = signShared({ sub: 'user-1', exp: 1 }, 'a secret of 32 bytes or more, as everybody has it')
    const { payload, protectedHeader } = await compactVerify(
      token,
      Buffer.from('a secret of 32 bytes or more, as everybody has it'),
    )
    expect([protectedHeader, JSON.parse(Buffer.from(payload).toString())]).toEqual([
      { alg: 'HS256', typ: 'JWT' },
      { sub: 'user-1', exp: 1 },
    ])
  })
})

test.each(['jwk', 'jku', 'x5u', 'x5c'])('JWT-04: a token that brings a key of its own in %s is refused', async (member) => {
  const value = member === 'jwk' ? stranger.publicJwk : member === 'x5c' ? ['MIIB'] : 'http://127.0.0.1:9/jwks.json'
  const token = await withHeader({ ...good, [member]: value })
  expect(await verify(token)).toEqual({ ok: false, reason: 'malformed' })
  expect(await verify(await signedWith({ [member]: value }))).toEqual({ ok: false, reason: 'malformed' })
})

test.each(['../../etc/passwd', "' or 1=1 --", '\0', '__proto__', 'constructor', '', 'unknown'])(
  'JWT-05: a token with the kid %j names no key',
  async (kid) => {
    expect(await verify(await withHeader({ ...good, kid }))).toEqual({ ok: false, reason: 'unknown_key' })
  },
)

test('JWT-05: a kid of 10 kB, or one that is no text, is refused before it is looked up', async () => {
  for (const kid of ['k'.repeat(10_000), 1, null, [key.kid], { toString: key.kid }]) {
    expect(await verify(await withHeader({ ...good, kid }))).toEqual({ ok: false, reason: 'malformed' })
  }
})

test.each([
  ['absent', undefined],
  ['foreign', 'https://other.example'],
  ['a prefix of ours', 'https://app.exampl'],
  ['a list of foreign ones', ['https://other.example']],
  ['an empty list', []],
  ['a nested list', [['https://app.example']]],
  ['a number', 7],
  ['an object', { 0: 'https://app.example' }],
])('JWT-07: an audience that is %s is refused', async (_, aud) => {
  expect(await verify(await sign({ ...claims, aud }))).toEqual({ ok: false, reason: 'invalid' })
})

test('JWT-07: a list of audiences with ours in it is accepted', async () => {
  expect((await verify(await sign({ ...claims, aud: ['https://other.example', 'https://app.example'] }))).ok).toBe(true)
})

test.each([
  ['a list with ours in it', ['https://app.example', 'https://evil.example']],
  ['ours with a slash', 'https://app.example/'],
  ['ours in another case', 'https://APP.example'],
  ['ours with a Cyrillic letter', 'https://аpp.example'],
  ['absent', undefined],
])('JWT-08: an issuer that is %s is refused', async (_, iss) => {
  expect(await verify(await sign({ ...claims, iss }))).toEqual({ ok: false, reason: 'invalid' })
})

describe('JWT-10: a header that asks for more', () => {
  test.each([
    ['an unknown critical member', { crit: ['ext'], ext: 1 }],
    ['an empty list of critical members', { crit: [] }],
    ['another type', { typ: 'JWT' }],
    ['the long form of the type', { typ: 'application/at+jwt' }],
    ['a content type', { cty: 'JWT' }],
  ])('%s is refused', async (_, header) => {
    expect(await verify(await withHeader({ ...good, ...header }))).toEqual({ ok: false, reason: 'malformed' })
  })

  test('an unencoded payload is refused', async () => {
    const [, , signature] = (await sign(claims)).split('.')
    expect((await verify(`${encode({ ...good, b64: false, crit: ['b64'] })}.{}.${signature}`)).ok).toBe(false)
    expect((await verify(await withHeader({ ...good, b64: false }))).ok).toBe(false)
  })

  test('duplicate members are refused, whichever of them is the good one', async () => {
    for (const text of [
      `{"alg":"none","alg":"EdDSA","kid":"${key.kid}","typ":"at+jwt"}`,
      `{"alg":"EdDSA","kid":"other","kid":"${key.kid}","typ":"at+jwt"}`,
      `{"alg":"EdDSA","kid":"${key.kid}","typ":"JWT","typ":"at+jwt"}`,
      `{"__proto__":{},"alg":"EdDSA","kid":"${key.kid}","typ":"at+jwt"}`,
    ]) {
      expect(await verify(await withHeader(text))).toEqual({ ok: false, reason: 'malformed' })
    }
  })
})

describe('JWT-11: tokens that are made to cost', () => {
  test.each([
    ['a megabyte', `${encode(good)}.${'A'.repeat(1_000_000)}.AAAA`],
    ['a megabyte of dots', '.'.repeat(1_000_000)],
    ['an encrypted token with a compressed body', `${encode({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..AAAA.AAAA.AAAA`],
    [
      'a password-based token of a billion rounds',
      `${encode({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 1e9, p2s: 'AAAA' })}.AAAA.AAAA.AAAA.AAAA`,
    ],
    ['no token at all', 'not a token'],
    ['nothing', ''],
  ])('%s is refused unread', async (_, token) => {
    expect(await verify(token)).toEqual({ ok: false, reason: 'malformed' })
  })

  test('a header of depth 200 is refused', async () => {
    expect(await verify(await withHeader(`{"alg":${'['.repeat(200)}${']'.repeat(200)}}`))).toEqual({
      ok: false,
      reason: 'malformed',
    })
  })

  test('unsigned claims are never parsed', async () => {
    const payload = encode(`${'['.repeat(2000)}`)
    expect(await verify(`${encode(good)}.${payload}.${'A'.repeat(86)}`)).toEqual({ ok: false, reason: 'invalid' })
  })
})

test('a token has one spelling: bits that decode to nothing, padding and white space are refused', async () => {
  const token = await sign(claims)
  const last = token.at(-1) ?? ''
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (const other of alphabet.replace(last, '')) expect((await verify(token.slice(0, -1) + other)).ok).toBe(false)
  for (const spelt of [`${token}=`, `${token} `, ` ${token}`, `${token}\n`]) expect((await verify(spelt)).ok).toBe(false)
})

test('a token signed by a stranger in our name is refused', async () => {
  expect(await verify(await sign(claims, { ...stranger, kid: key.kid }))).toEqual({ ok: false, reason: 'invalid' })
})

test('a token whose claims were changed is refused', async () => {
  const [header, , signature] = (await sign(claims)).split('.')
  const forged = encode({ ...claims, sub: 'admin', iat: noon.getTime() / 1000, exp: 9_999_999_999 })
  expect(await verify(`${header}.${forged}.${signature}`)).toEqual({ ok: false, reason: 'invalid' })
})

test.each([
  ['without an expiry', { ...claims, iat: 0 }],
  ['whose expiry is text', { ...claims, iat: 0, exp: '9999999999' }],
  ['that never says when it was issued', { ...claims, exp: 9_999_999_999 }],
])('a token %s is refused though we signed it', async (_, payload) => {
  expect(await verify(await signedWith({}, payload))).toEqual({ ok: false, reason: 'invalid' })
})
