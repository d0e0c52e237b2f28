import { expect, test } from 'vitest'
import { silentLogger } from '../../kernel/ambient/ambient.ts'
import { createKeyRing } from '../../kernel/crypto/key-ring.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { toUser, type UserRecord } from '../users/index.ts'
import { createAuthenticate, type Known } from './authenticate.ts'
import { createCoherentCache } from './cache.ts'
import { createCredentials } from './credential.ts'
import type { Standing } from './standing.ts'

const at = new Date('2030-01-01T12:00:00Z')
const ctx: Ctx = { poolId: 'default', tenantId: 'default', actor: { kind: 'anonymous', id: 'anonymous' }, at }
const handle = '00000000-0000-7000-8000-000000000000'
const credentials = createCredentials(createKeyRing(['s'.repeat(32)]))
const { text, digest } = credentials.fresh(handle)

const standing: Standing = {
  state: {
    sessionHandle: handle,
    userId: 'ada',
    delivery: 'cookie',
    currentDigest: digest,
    previousDigest: null,
    rotatedAt: null,
    rotationKeyId: null,
    tokenVersion: 0,
    touchedAt: at,
    evidence: [],
    claims: {},
    expiresAt: new Date(at.getTime() + 60_000),
    absoluteExpiresAt: new Date(at.getTime() + 60_000),
    revokedAt: null,
  },
  user: { tokenVersion: 0, disabledAt: null },
  version: 0,
  userVersion: 0,
}

const record: UserRecord = {
  id: 'ada',
  poolId: 'default',
  identifiers: [],
  role: 'user',
  firstName: null,
  lastName: null,
  locale: null,
  metadata: {},
  createdAt: at,
}

test('AZ-01: a session remembered for one tenant is nobody in another, and its roles are read anew', async () => {
  const asked: string[] = []
  const { authenticate } = createAuthenticate({
    credentials,
    cache: createCoherentCache<Known>(() => true),
    standing: async ({ tenantId }) => (tenantId === 'closed' ? undefined : standing),
    present: undefined,
    foreignUsers: false,
    async user({ tenantId }) {
      asked.push(tenantId)
      return record
    },
    toUser: (user, tenantId) => toUser({ ...user, role: tenantId }, tenantId),
    verifyAccessToken: async () => undefined,
    mayImpersonate: async () => false,
    impersonationLapsed: () => {},
    logger: silentLogger,
    seen: () => {},
  })
  const look = (tenantId: string) => authenticate({ ...ctx, tenantId }, { sessionCookie: text, delivery: 'cookie' })

  expect(await look('default')).toMatchObject({ status: 'active', roles: ['default'] })
  expect(await look('closed')).toMatchObject({ status: 'invalid' })
  expect(await look('default')).toMatchObject({ status: 'active', roles: ['default'] })
  expect(await look('other')).toMatchObject({ status: 'active', roles: ['other'], tenantId: 'other' })
  expect(asked).toContain('other')
})

test('a store of users that fails is one line in the log, and one more when it works again', async () => {
  const lines: string[] = []
  const note = (_details: object, message: string) => void lines.push(message)
  const store = { failing: true }
  const { authenticate } = createAuthenticate({
    credentials,
    cache: createCoherentCache<Known>(() => false),
    standing: async () => standing,
    present: undefined,
    foreignUsers: true,
    async user() {
      if (store.failing) throw new TypeError('their store has a bug')
      return undefined
    },
    toUser: () => {
      throw new Error('there is nobody')
    },
    verifyAccessToken: async () => undefined,
    mayImpersonate: async () => false,
    impersonationLapsed: () => {},
    logger: { ...silentLogger, warn: note, error: note },
    seen: () => {},
  })
  const look = () => authenticate(ctx, { sessionCookie: text, delivery: 'cookie' })

  for (let request = 0; request < 3; request += 1) expect(await look()).toMatchObject({ status: 'unavailable' })
  expect(await authenticate(ctx, { sessionCookie: 'noise', delivery: 'cookie' })).toMatchObject({ status: 'invalid' })
  expect(lines).toEqual([expect.stringContaining('cannot be checked')])
  store.failing = false
  for (let request = 0; request < 3; request += 1) expect(await look()).toMatchObject({ status: 'invalid' })
  expect(lines).toEqual([expect.stringContaining('cannot be checked'), expect.stringContaining('checked again')])
})

test('long access tokens are remembered as far as the memory set aside for them goes, short ones all', async () => {
  const checked: string[] = []
  const bearers: Standing = { ...standing, state: { ...standing.state, delivery: 'bearer' } }
  const { authenticate } = createAuthenticate({
    credentials,
    cache: createCoherentCache<Known>(() => true),
    standing: async () => bearers,
    present: undefined,
    foreignUsers: false,
    user: async () => record,
    toUser,
    async verifyAccessToken(_ctx, token) {
      checked.push(token)
      const untilMs = at.getTime() + 60_000
      return { userId: 'ada', sessionHandle: handle, tenantId: 'default', tokenVersion: 0, untilMs }
    },
    mayImpersonate: async () => false,
    impersonationLapsed: () => {},
    logger: silentLogger,
    seen: () => {},
  })
  const look = (bearer: string) => authenticate(ctx, { bearer, delivery: 'bearer' })
  /** How many of 4,000 tokens of a length have to be checked when they are shown for the second time. */
  async function checkedAgain(length: number): Promise<number> {
    const tokens = Array.from({ length: 4_000 }, (_, index) => `${length} ${index}`.padEnd(length, '.'))
    for (const token of tokens) expect(await look(token)).toMatchObject({ status: 'active' })
    checked.length = 0
    for (const token of tokens.toReversed()) await look(token)
    return checked.length
  }

  expect(await checkedAgain(8_000)).toBeGreaterThan(900)
  expect(await checkedAgain(500)).toBe(0)
})
