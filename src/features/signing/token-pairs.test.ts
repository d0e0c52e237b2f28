import { generateKeyPairSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { expect, test } from 'vitest'
import { newPemPair } from '../../kernel/crypto/pem.ts'
import { createTokenPairs, type PairClaims, type TokenPairs } from './token-pairs.ts'

const noon = new Date('2026-01-01T12:00:00.500Z')
const after = (seconds: number) => new Date(noon.getTime() + seconds * 1000)
const day = 86_400
const pem = newPemPair()
const pairs = createTokenPairs(pem)
const session = { userId: 'user-1', sessionId: 'session-1' }

async function read(
  token: string,
  kind: 'access' | 'refresh' = 'refresh',
  at = noon,
  by: TokenPairs = pairs,
): Promise<PairClaims> {
  const found = await by.verify(kind, token, at)
  if (!found.ok) throw new Error(found.reason)
  return found.claims
}

test('a pair says whose session it is, in the claims everybody knows', async () => {
  const { accessToken, refreshToken } = await pairs.first(session, noon)
  expect(decodeProtectedHeader(accessToken)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' })
  expect(decodeProtectedHeader(refreshToken)).toMatchObject({ alg: 'EdDSA', typ: 'rt+jwt' })
  expect(decodeJwt(accessToken)).toMatchObject({ sub: 'user-1', sid: 'session-1' })
  expect(await read(accessToken, 'access')).toMatchObject(session)
  expect(await read(refreshToken)).toMatchObject(session)
})

test('each token is accepted as its own kind only', async () => {
  const { accessToken, refreshToken } = await pairs.first(session, noon)
  expect(await pairs.verify('refresh', accessToken, noon)).toEqual({ ok: false, reason: 'invalid' })
  expect(await pairs.verify('access', refreshToken, noon)).toEqual({ ok: false, reason: 'invalid' })
})

test('an access token lives 15 minutes and a refresh token 7 days, to the second', async () => {
  const { accessToken, refreshToken } = await pairs.first(session, noon)
  expect((await pairs.verify('access', accessToken, after(899))).ok).toBe(true)
  expect(await pairs.verify('access', accessToken, after(900))).toEqual({ ok: false, reason: 'expired' })
  expect((await pairs.verify('refresh', refreshToken, after(7 * day - 1))).ok).toBe(true)
  expect(await pairs.verify('refresh', refreshToken, after(7 * day))).toEqual({ ok: false, reason: 'expired' })
})

test('RT-07: refreshing does not carry a session over its absolute end', async () => {
  const short = createTokenPairs(pem, { access: '5m', refresh: '2d', session: '3d' })
  let { refreshToken } = await short.first(session, noon)
  refreshToken = (await short.next(await read(refreshToken, 'refresh', after(1.5 * day), short), after(1.5 * day))).refreshToken
  const last = await short.next(await read(refreshToken, 'refresh', after(3 * day - 60), short), after(3 * day - 60))
  expect((await short.verify('access', last.accessToken, after(3 * day - 2))).ok).toBe(true)
  for (const [kind, token] of [
    ['access', last.accessToken],
    ['refresh', last.refreshToken],
  ] as const) {
    expect(await short.verify(kind, token, after(3 * day))).toEqual({ ok: false, reason: 'expired' })
  }
})

test('a parent refreshed twice, at different times, has children of one id; another parent has another child', async () => {
  const parent = await read((await pairs.first(session, noon)).refreshToken)
  const [now, later] = [await pairs.next(parent, noon), await pairs.next(parent, after(20))]
  expect(later.tokenId).toBe(now.tokenId)
  expect((await pairs.next(await read(now.refreshToken), noon)).tokenId).not.toBe(now.tokenId)
  const stranger = await read((await pairs.first(session, noon)).refreshToken)
  expect((await pairs.next(stranger, noon)).tokenId).not.toBe(now.tokenId)
})

test('the mark of a spent token is a UUID, the same in every process that holds the key, and no other key leads to it', () => {
  expect(pairs.markOf('token-1')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(createTokenPairs(pem).markOf('token-1')).toBe(pairs.markOf('token-1'))
  expect(pairs.markOf('token-2')).not.toBe(pairs.markOf('token-1'))
  expect(createTokenPairs(newPemPair()).markOf('token-1')).not.toBe(pairs.markOf('token-1'))
})

test("a token of another pair is refused, and so is everything when the public key is not the private one's", async () => {
  const other = newPemPair()
  const { accessToken } = await createTokenPairs(other).first(session, noon)
  expect(await pairs.verify('access', accessToken, noon)).toEqual({ ok: false, reason: 'invalid' })
  const mixed = createTokenPairs({ privateKey: pem.privateKey, publicKey: other.publicKey })
  expect([pairs.isPair, mixed.isPair]).toEqual([true, false])
  expect((await mixed.verify('access', (await mixed.first(session, noon)).accessToken, noon)).ok).toBe(false)
})

test('keys of another kind, texts that are no keys, and lives that are none are refused at once', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const privateKey = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const publicKey = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  expect(() => createTokenPairs({ ...pem, privateKey })).toThrow('no private key')
  expect(() => createTokenPairs({ ...pem, publicKey })).toThrow('no public key')
  expect(() => createTokenPairs({ ...pem, privateKey: pem.publicKey })).toThrow('no private key')
  expect(() => createTokenPairs({ ...pem, publicKey: 'secret' })).toThrow('no public key')
  expect(() => createTokenPairs(pem, { access: '15min' as '15m' })).toThrow('duration')
})
