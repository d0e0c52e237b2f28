import { decodeJwt, decodeProtectedHeader, importPKCS8, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { newPemPair } from '../../../src/kernel/crypto/pem.ts'
import { mac } from '../../../src/kernel/crypto/random.ts'
import type { SessionRecord } from '../../../src/secure-auth.ts'
import { MemoryStore, openDesk, openWithAda, pem } from './desk.ts'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const gone = 'Session expired or invalid.'

test('SA-07: tokens are signed with EdDSA, and with another public key they are refused', async () => {
  const store = new MemoryStore()
  const { login, service } = await openWithAda(store)
  const { accessToken, refreshToken } = await login()
  expect([accessToken, refreshToken].map((token) => decodeProtectedHeader(token).alg)).toEqual(['EdDSA', 'EdDSA'])
  expect((await service.validateSession(accessToken)).userId).toBe('ada')

  const strangers = [newPemPair(), { privateKey: pem.privateKey, publicKey: newPemPair().publicKey }]
  for (const keys of strangers) {
    const { service: other } = openDesk(store, { keys })
    await expect(other.validateSession(accessToken)).rejects.toThrow(/^Invalid token\.$/)
    await expect(other.refresh(refreshToken)).rejects.toThrow(/^Invalid token\.$/)
  }
})

describe('SA-07: a forged token is refused', () => {
  test.each(['none', 'None', 'HS256', 'HS512'])('alg %s, without a signature or signed with our public key', async (alg) => {
    const { login, service } = await openWithAda(new MemoryStore())
    const { accessToken } = await login()
    const [, payload] = accessToken.split('.')
    const header = encode({ ...decodeProtectedHeader(accessToken), alg })
    const signature = mac(Buffer.from(pem.publicKey), `${header}.${payload}`).toString('base64url')
    for (const token of [`${header}.${payload}.`, `${header}.${payload}.${signature}`]) {
      await expect(service.validateSession(token)).rejects.toThrow(/^Invalid token\.$/)
    }
  })

  test.each([undefined, null, '', 'Bearer', 'a.b.c', 7, {}])('%j is no token', async (token) => {
    const { service } = openDesk(new MemoryStore())
    await expect(service.validateSession(token as string)).rejects.toThrow(/^Invalid token\.$/)
    await expect(service.refresh(token as string)).rejects.toThrow(/^Invalid token\.$/)
  })

  test('claims of the wrong shape are refused before any store is asked', async () => {
    const { login, service, store } = await openWithAda(new MemoryStore())
    const { accessToken } = await login()
    const key = await importPKCS8(pem.privateKey, 'EdDSA')
    const { kid = '' } = decodeProtectedHeader(accessToken)
    for (const wrong of [
      { sid: undefined },
      { sub: undefined },
      { sid: 7 },
      { iss: 'https://app.example' },
      { jti: undefined },
    ]) {
      const token = await new SignJWT(Object.assign(decodeJwt(accessToken), wrong))
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
        .sign(key)
      await expect(service.validateSession(token)).rejects.toThrow(/^Invalid token\.$/)
    }
    expect(store.asked('valid')).toEqual([])
  })
})

test('SA-10: a valid token says whose request it is, in the words of old and in the registered ones', async () => {
  const { login, service, clock } = await openWithAda(new MemoryStore())
  const { accessToken, sessionId } = await login()
  const iat = clock.now().getTime() / 1000
  expect(await service.validateSession(accessToken)).toEqual({
    userId: 'ada',
    sessionId,
    sub: 'ada',
    sid: sessionId,
    iat,
    exp: iat + 900,
  })
})

test('SA-11: once its session is deleted a token is refused', async () => {
  const { login, service, store } = await openWithAda(new MemoryStore())
  const { accessToken, sessionId } = await login()
  store.rows.delete(sessionId)
  await expect(service.validateSession(accessToken)).rejects.toThrow(new RegExp(`^${gone}$`))
})

test('a store that cannot answer is an outage and not a logout', async () => {
  const { login, service, store } = await openWithAda(new MemoryStore())
  const { accessToken, refreshToken } = await login()
  store.isAway = true
  await expect(service.validateSession(accessToken)).rejects.toThrow('ECONNREFUSED')
  await expect(service.refresh(refreshToken)).rejects.toThrow('ECONNREFUSED')
  store.isAway = false
  expect((await service.validateSession(accessToken)).userId).toBe('ada')
  expect((await service.refresh(refreshToken)).accessToken).toBeTypeOf('string')
})

describe('SA-12: a session past its end is refused though its row is there', () => {
  test('when the store says when that is', async () => {
    const expiresAt = new Date('2026-01-01T12:05:00Z')
    const findSession = async (): Promise<SessionRecord> => ({ userId: 'ada', expiresAt })
    const { login, service, clock } = await openWithAda(Object.assign(new MemoryStore(), { findSession }))
    const { accessToken, refreshToken } = await login()
    clock.advance('299s')
    expect((await service.validateSession(accessToken)).userId).toBe('ada')
    clock.advance('1s')
    await expect(service.validateSession(accessToken)).rejects.toThrow(gone)
    await expect(service.refresh(refreshToken)).rejects.toThrow(gone)
  })

  test('and after 90 days though it was refreshed every day and the store knows nothing but ids', async () => {
    const { login, service, clock, store } = await openWithAda(new MemoryStore())
    let { refreshToken, sessionId } = await login()
    for (let day = 1; day < 90; day += 1) {
      clock.advance('1d')
      refreshToken = (await service.refresh(refreshToken)).refreshToken
    }
    clock.advance('1d')
    await expect(service.refresh(refreshToken)).rejects.toThrow(gone)
    expect(store.rows.has(sessionId)).toBe(true)
  })
})

test('SA-13: an access token lives 15 minutes and a refresh token 7 days', async () => {
  const { login, service, clock } = await openWithAda(new MemoryStore())
  const { accessToken, refreshToken } = await login()
  clock.advance('899s')
  expect((await service.validateSession(accessToken)).userId).toBe('ada')
  clock.advance('1s')
  await expect(service.validateSession(accessToken)).rejects.toMatchObject({ name: 'TokenExpiredError', message: gone })
  const late = await login()
  clock.advance('7d')
  for (const expired of [refreshToken, late.refreshToken]) {
    await expect(service.refresh(expired)).rejects.toMatchObject({ name: 'TokenExpiredError', message: gone })
  }
})

test('SA-13: both lives can be set', async () => {
  const options = { accessToken: '1m', refreshToken: '1h' } as const
  const { login, service, clock } = await openWithAda(new MemoryStore(), { options })
  const { accessToken, refreshToken } = await login()
  clock.advance('60s')
  await expect(service.validateSession(accessToken)).rejects.toThrow(gone)
  const next = await service.refresh(refreshToken)
  clock.advance('1h')
  await expect(service.refresh(next.refreshToken)).rejects.toThrow(gone)
  expect(() => openDesk(null, { options: { accessToken: '15 minutes' as '15m' } })).toThrow('duration')
})

test('SA-14: a refresh token opens no request, and an access token refreshes nothing', async () => {
  const { login, service, store } = await openWithAda(new MemoryStore())
  const { accessToken, refreshToken } = await login()
  await expect(service.validateSession(refreshToken)).rejects.toThrow(/^Invalid token\.$/)
  await expect(service.refresh(accessToken)).rejects.toThrow(/^Invalid token\.$/)
  expect(store.calls).toHaveLength(1)
})

test('SA-17: a token whose session belongs to somebody else is refused where the store can tell', async () => {
  const rows = new MemoryStore()
  const findSession = async (sessionId: string) => ({ userId: rows.rows.get(sessionId) ?? '' })
  const { login, service } = await openWithAda(Object.assign(rows, { findSession }))
  const { accessToken, refreshToken, sessionId } = await login()
  expect((await service.validateSession(accessToken)).userId).toBe('ada')
  rows.rows.set(sessionId, 'mallory')
  await expect(service.validateSession(accessToken)).rejects.toThrow(gone)
  await expect(service.refresh(refreshToken)).rejects.toThrow(gone)
  rows.rows.delete(sessionId)
  await expect(service.validateSession(accessToken)).rejects.toThrow(gone)
})
