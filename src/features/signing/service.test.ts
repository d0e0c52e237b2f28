import { generateKeyPairSync } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../../test/engines.ts'
import { realAmbient } from '../../kernel/ambient/ambient.ts'
import { createKeyRing, type KeyRing } from '../../kernel/crypto/key-ring.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import type { Database, EmittedEvent } from '../../storage/types.ts'
import { generateKey } from './keys.ts'
import { createSigning, type SigningDeps } from './service.ts'
import { signingKeyStore, signingMigrations, signingTables } from './store.sql.ts'
import type { SigningKeyStoreOf } from './store.ts'

const noon = Date.UTC(2026, 0, 1, 12)
const minute = 60_000
const overlap = 17 * minute
const ctxAt = (minutes: number): Ctx => ({
  poolId: 'default',
  tenantId: 'default',
  actor: { kind: 'system', id: 'test' },
  at: new Date(noon + minutes * minute),
})
const claims = { iss: 'https://app.example', aud: 'https://app.example', sub: 'user-1' }
const expected = { issuer: 'https://app.example', audience: 'https://app.example' }
const token = { type: 'at+jwt', ttlSeconds: 900 } as const
const [oldSecret, newSecret] = ['o'.repeat(32), 'n'.repeat(32)]

describe.each(engines)('signing on $name', ({ open }) => {
  let opened: OpenedEngine
  let database: Database
  let emitted: EmittedEvent[]
  beforeAll(async () => {
    opened = await open()
    database = opened.storage.open({
      tables: signingTables,
      migrations: signingMigrations.map((migration) => ({ ...migration, feature: 'signing' })),
      sink: { record: async (_, events) => void emitted.push(...events), committed: () => {} },
      ...realAmbient(),
      clock: { now: () => new Date(noon), monotonicMs: () => performance.now() },
      newId: () => 'event',
    })
    await database.schema.up()
  })
  afterAll(async () => {
    await database.close()
    await opened.cleanup()
  })
  beforeEach(async () => {
    emitted = []
    await database.everything<{ signing_key: object }>().deleteFrom('signing_key').execute()
  })

  /** One process: its own memory of the keys, its own clock, and a count of how often it reads them. */
  function process(ring: KeyRing = createKeyRing([oldSecret]), options: Partial<SigningDeps['options']> = {}) {
    const state = { minutes: 0, readings: 0 }
    const sql = signingKeyStore(database)
    const store: SigningKeyStoreOf = (ctx) => ({
      ...sql(ctx),
      list: () => {
        state.readings += 1
        return sql(ctx).list()
      },
    })
    const service = createSigning({
      store,
      transaction: (ctx, work) => database.transaction(ctx, work),
      ring,
      clock: { monotonicMs: () => state.minutes * minute },
      options: { algorithm: 'EdDSA', overlap, ...options },
    })
    const moveTo = (minutes: number): Ctx => {
      state.minutes = minutes
      return ctxAt(minutes)
    }
    return { ...service, state, moveTo }
  }
  const kidsOf = async (node: ReturnType<typeof process>, minutes: number) =>
    (await node.jwks(node.moveTo(minutes))).keys.map(({ kid }) => kid)

  test('the first boot makes one key, the second uses it', async () => {
    const [first, second] = [process(), process()]
    await first.ensureKey(ctxAt(0))
    await second.ensureKey(ctxAt(1))
    expect(await second.list(ctxAt(1))).toMatchObject([{ alg: 'EdDSA', state: 'signing', retiredAt: null, isGiven: false }])
    const signed = await first.sign(ctxAt(0), claims, token)
    expect(await second.verify(ctxAt(1), signed, expected)).toMatchObject({ ok: true, payload: { sub: 'user-1' } })
  })

  test('two processes that boot at the same moment both end with keys that the other accepts', async () => {
    const [one, two] = [process(), process()]
    await Promise.all([one.ensureKey(ctxAt(0)), two.ensureKey(ctxAt(0))])
    const [byOne, byTwo] = await Promise.all([one.sign(ctxAt(0), claims, token), two.sign(ctxAt(0), claims, token)])
    expect(await one.verify(ctxAt(0), byTwo, expected)).toMatchObject({ ok: true })
    expect(await two.verify(ctxAt(0), byOne, expected)).toMatchObject({ ok: true })
    const signing = await Promise.all(
      [one, two].map(async (node) => (await node.list(ctxAt(1))).filter((key) => key.state === 'signing')),
    )
    expect(signing[0]).toHaveLength(1)
    expect(signing[0]).toEqual(signing[1])
  })

  test('CR-02: rotating refuses no valid token, even on a node that may not look for the new key', async () => {
    const [one, other] = [process(), process()]
    await one.ensureKey(ctxAt(0))
    await other.ensureKey(ctxAt(0))
    const before = await one.sign(one.moveTo(0.9), claims, token)
    // Garbage uses up the other node's extra reading: only the regular one is left.
    await other.verify(other.moveTo(0.9), before.replace(/^[^.]+/, header('unknown')), expected)
    const rotated = await one.rotate(one.moveTo(1))
    expect(rotated.state).toBe('next')

    const duringLead = await one.sign(one.moveTo(1), claims, token)
    expect(await other.verify(other.moveTo(1), duringLead, expected)).toMatchObject({ ok: true })
    const after = await one.sign(one.moveTo(3), claims, token)
    expect(kidOf(after)).toBe(rotated.kid)
    expect(await other.verify(other.moveTo(3), after, expected)).toMatchObject({ ok: true })
    expect(await other.verify(other.moveTo(15), before, expected)).toMatchObject({ ok: true })
  })

  test('CR-02: the JWK set shows both keys until the overlap has ended, then only the new one', async () => {
    const node = process()
    await node.ensureKey(ctxAt(0))
    const [old] = await kidsOf(node, 0)
    const { kid } = await node.rotate(node.moveTo(0)) // signs from minute 2, the old one verifies until 19
    expect(new Set(await kidsOf(node, 1))).toEqual(new Set([old, kid]))
    expect(new Set(await kidsOf(node, 18.9))).toEqual(new Set([old, kid]))
    expect(await kidsOf(node, 19)).toEqual([kid])
  })

  test('an expired private key is destroyed at the next rotation', async () => {
    const node = process()
    await node.ensureKey(ctxAt(0))
    await node.rotate(node.moveTo(0))
    await node.rotate(node.moveTo(60))
    expect((await node.list(ctxAt(60))).map(({ state }) => state)).toEqual(['next', 'signing'])
  })

  test('a key retired at once signs no more, and what it signed is accepted until the overlap ends', async () => {
    const node = process()
    await node.ensureKey(ctxAt(0))
    const signed = await node.sign(ctxAt(0), claims, { ...token, ttlSeconds: 3600 })
    await node.rotate(node.moveTo(0))
    expect(await node.retire(node.moveTo(0), kidOf(signed))).toMatchObject({ state: 'verifying', retiredAt: new Date(noon) })
    expect(kidOf(await node.sign(ctxAt(0), claims, token))).not.toBe(kidOf(signed))
    expect(await node.verify(node.moveTo(16.9), signed, expected)).toMatchObject({ ok: true })
    expect(await node.verify(node.moveTo(17), signed, expected)).toEqual({ ok: false, reason: 'unknown_key' })
  })

  test('the last key that can sign cannot be retired, and an unknown one is not found', async () => {
    const node = process()
    await node.ensureKey(ctxAt(0))
    const [only] = await kidsOf(node, 0)
    await expect(node.retire(ctxAt(0), only ?? '')).rejects.toMatchObject({ code: 'last_signing_key', status: 409 })
    await expect(node.retire(ctxAt(0), 'unknown')).rejects.toMatchObject({ code: 'not_found' })
    expect(emitted).toEqual([])
  })

  test('of 16 callers who each retire another key at the same moment one is refused, and a key to sign with is left', async () => {
    const ring = createKeyRing([oldSecret])
    const kids = await Promise.all(sixteen.map(() => addKey(database, ring)))
    const nodes = sixteen.map(() => process(ring))
    const ends = await Promise.allSettled(kids.map((kid, index) => nodes[index]?.retire(ctxAt(1), kid)))
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
    expect(refused).toEqual([expect.objectContaining({ code: 'last_signing_key' })])
    expect(emitted).toHaveLength(15)
    const left = (await process(ring).list(ctxAt(1))).filter(({ state }) => state === 'signing')
    expect(left.map(({ retiredAt }) => retiredAt)).toEqual([null])
  })

  test('rotating and retiring at the same moment leaves a key to sign with, and ends in no deadlock', async () => {
    const ring = createKeyRing([oldSecret])
    const kids = await Promise.all(sixteen.map(() => addKey(database, ring)))
    const both = kids.flatMap((kid) => [process(ring).retire(ctxAt(1), kid), process(ring).rotate(ctxAt(1))])
    const ends = await Promise.allSettled(both)
    expect(ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []))).toSatisfy((codes: unknown[]) =>
      codes.every((code) => code === 'last_signing_key'),
    )
    for (const minutes of [1, 4, 60]) expect(await process(ring).sign(ctxAt(minutes), claims, token)).toMatch(/^ey/)
  })

  test('rotating and retiring are audited once each, without key material', async () => {
    const node = process()
    await node.ensureKey(ctxAt(0))
    const [old = ''] = await kidsOf(node, 0)
    const { kid } = await node.rotate(ctxAt(0))
    await node.retire(ctxAt(0), old)
    await node.retire(ctxAt(0), old)
    expect(emitted.map(({ name, body }) => [name, body.data])).toEqual([
      ['identity.key.rotated', { kid, alg: 'EdDSA' }],
      ['identity.key.retired', { kid: old, alg: 'EdDSA' }],
    ])
  })

  test('JWT-05: a thousand unknown kids cause one reading of the keys a minute', async () => {
    const node = process()
    await node.ensureKey(ctxAt(0))
    const signed = await node.sign(ctxAt(0), claims, token)
    const before = node.state.readings
    const flood = Array.from({ length: 1000 }, (_, id) => signed.replace(/^[^.]+/, header(`kid-${id}`)))
    const answers = await Promise.all(flood.map((one) => node.verify(ctxAt(0), one, expected)))
    expect(answers.every((answer) => !answer.ok && answer.reason === 'unknown_key')).toBe(true)
    expect(node.state.readings - before).toBe(1)
    expect((await node.verify(ctxAt(0), signed, expected)).ok).toBe(true)
  })

  test('a warm verification reads nothing from the database', async () => {
    const node = process()
    await node.ensureKey(ctxAt(0))
    const signed = await node.sign(ctxAt(0), claims, token)
    const before = node.state.readings
    for (let check = 0; check < 20; check += 1) await node.verify(ctxAt(0.5), signed, expected)
    expect(node.state.readings).toBe(before)
  })

  test('CR-01: private keys are stored sealed, and one moved to another row does not open', async () => {
    const node = process()
    await node.ensureKey(ctxAt(0))
    await node.rotate(ctxAt(0))
    const rows = await signingKeyStore(database)(ctxAt(0)).list()
    expect(rows.map((row) => JSON.stringify(row)).join()).not.toContain('"d"')
    const [first, second] = rows
    if (!first || !second) throw new Error('two keys were made')
    await signingKeyStore(database)(ctxAt(0)).reseal(first.kid, first.sealedPrivateJwk, second.sealedPrivateJwk)
    await signingKeyStore(database)(ctxAt(0)).reseal(second.kid, second.sealedPrivateJwk, first.sealedPrivateJwk)
    await expect(process().sign(ctxAt(5), claims, token)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('rotating the secrets logs nobody out: the key opens, is sealed anew at boot, and outlives the old secret', async () => {
    const before = process()
    await before.ensureKey(ctxAt(0))
    const signed = await before.sign(ctxAt(0), claims, token)

    await process(createKeyRing([newSecret, oldSecret])).ensureKey(ctxAt(1))
    const after = process(createKeyRing([newSecret]))
    await after.ensureKey(ctxAt(2))

    expect(await after.verify(ctxAt(2), signed, expected)).toMatchObject({ ok: true })
    expect(kidOf(await after.sign(ctxAt(2), claims, token))).toBe(kidOf(signed))
  })

  test('a node that still runs without the new secret signs on after another has sealed the keys under it', async () => {
    const running = process()
    await running.ensureKey(ctxAt(0))
    const restarted = process(createKeyRing([newSecret, oldSecret]))
    await restarted.ensureKey(ctxAt(1))

    const signed = await running.sign(running.moveTo(5), claims, token)

    expect(await restarted.verify(restarted.moveTo(5), signed, expected)).toMatchObject({ ok: true })
  })

  test('when the secret is lost, a new key is made and old tokens are still accepted', async () => {
    const before = process()
    await before.ensureKey(ctxAt(0))
    const signed = await before.sign(ctxAt(0), claims, token)
    const after = process(createKeyRing([newSecret]))
    await after.ensureKey(ctxAt(1))
    expect(kidOf(await after.sign(ctxAt(1), claims, token))).not.toBe(kidOf(signed))
    expect(await after.verify(ctxAt(1), signed, expected)).toMatchObject({ ok: true })
  })

  test('keys given as PEM are used instead of stored ones: the first signs, all verify', async () => {
    const pems = [generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('ed25519')].map(({ privateKey }) =>
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    )
    const [node, earlier] = [process(undefined, { keys: pems }), process(undefined, { keys: pems.slice(1) })]
    await node.ensureKey(ctxAt(0))
    expect(await node.list(ctxAt(0))).toMatchObject([
      { alg: 'ES256', state: 'signing', isGiven: true },
      { alg: 'EdDSA', state: 'verifying', isGiven: true },
    ])
    expect(await node.verify(ctxAt(0), await earlier.sign(ctxAt(0), claims, token), expected)).toMatchObject({ ok: true })
    expect(await signingKeyStore(database)(ctxAt(0)).list()).toEqual([])
    await expect(node.rotate(ctxAt(0))).rejects.toMatchObject({ code: 'signing_keys_given' })
    await expect(node.retire(ctxAt(0), 'any')).rejects.toMatchObject({ code: 'signing_keys_given' })
  })

  test('a resource server verifies our tokens with nothing but the JWK set', async () => {
    const node = process()
    await node.ensureKey(ctxAt(0))
    const keys = createLocalJWKSet(await node.jwks(ctxAt(0)))
    const signed = await node.sign(ctxAt(0), claims, token)
    const { payload } = await jwtVerify(signed, keys, { ...expected, typ: 'at+jwt', currentDate: new Date(noon) })
    expect(payload.sub).toBe('user-1')
  })
})

const sixteen = Array.from({ length: 16 }, (_, index) => index)

/** Adds a key that signs at once, as a boot would. @returns its kid */
async function addKey(database: Database, ring: KeyRing): Promise<string> {
  const { kid, alg, publicJwk, privateJwk } = await generateKey('EdDSA')
  const sealedPrivateJwk = ring.seal('signing-key', kid, Buffer.from(JSON.stringify(privateJwk)))
  const life = { createdAt: new Date(noon), activeAt: new Date(noon), retiredAt: null, expiresAt: null }
  await signingKeyStore(database)(ctxAt(0)).insert({ kid, alg, publicJwk, sealedPrivateJwk, ...life })
  return kid
}

const header = (kid: string) => Buffer.from(JSON.stringify({ alg: 'EdDSA', kid, typ: 'at+jwt' })).toString('base64url')
const kidOf = (signed: string): string => JSON.parse(Buffer.from(signed.split('.')[0] ?? '', 'base64url').toString()).kid
