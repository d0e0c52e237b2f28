import { describe, expect, test } from 'vitest'
import { engines } from '../../../test/engines.ts'
import { device } from '../../../test/flows/browser.ts'
import { houseOn } from '../../../test/flows/house.ts'
import { createTestAuth } from '../../testing.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }

describe.each(engines)('the audit log on $name', ({ open }) => {
  test('keeps what an event says: the reason, by whom a session was ended, and how somebody logged in', async () => {
    const engine = await open()
    const house = houseOn(engine.storage)
    const { body } = await device(house).send('POST', '/auth/register', ada)
    await device(house).send('POST', '/auth/login', ada)
    await house.auth.asSystem('fraud desk').users.disable({ id: body.user.id, reason: 'chargeback' })
    const dataOf = async (action: string) => {
      const { entries } = await house.auth.asSystem('test').audit.list({ action })
      return entries.map(({ data }) => data)
    }

    expect(await dataOf('identity.user.disabled')).toEqual([{ reason: 'chargeback' }])
    expect(await dataOf('identity.session.revoked')).toEqual([{ by: 'user_disabled' }, { by: 'user_disabled' }])
    expect(await dataOf('identity.auth.login.success')).toEqual([
      { methods: ['password'], delivery: 'cookie', knownBrowser: false },
    ])
    await house.auth.close()
    await engine.cleanup()
  })

  test('is read newest first, page by page, without a gap', async () => {
    const engine = await open()
    const house = houseOn(engine.storage)
    const { audit, users } = house.auth.asSystem('test')
    for (let index = 0; index < 5; index += 1) {
      house.advance(1000)
      await users.create({ identifier: `user-${index}@example.com` })
    }
    const read: Date[] = []
    let cursor: string | undefined
    do {
      const page = await audit.list({ limit: 2, action: 'identity.user.created', ...(cursor !== undefined && { cursor }) })
      expect(page.entries.length).toBeLessThanOrEqual(2)
      read.push(...page.entries.map(({ at }) => new Date(at)))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)

    expect(read).toHaveLength(5)
    expect(read).toEqual(read.toSorted((a, b) => b.getTime() - a.getTime()))

    house.advance(60_000)
    const [newest] = (await audit.list({ limit: 1 })).entries
    const { id } = await users.create({ identifier: 'late@example.com' })
    const targetsOf = async (query: Parameters<typeof audit.list>[0]) =>
      (await audit.list(query)).entries.map(({ target }) => target)
    expect(await targetsOf({ after: newest?.id, limit: 1 })).toEqual([id])
    expect(await targetsOf({ after: newest?.id })).not.toContain(newest?.target)
    expect(await targetsOf({ target: id, actor: 'test', action: 'identity.user' })).toEqual([id])
    expect(await targetsOf({ target: id, action: 'identity.user.*' })).toEqual([id])
    expect(await targetsOf({ action: 'identity.use' })).toEqual([])
    expect(await targetsOf({ action: 'identity.use.*' })).toEqual([])
    expect(await targetsOf({ from: read[0]?.toISOString() })).toHaveLength(2)
    await house.auth.close()
    await engine.cleanup()
  })
})

test('an entry is read by its id, however many were made in the same moment, and in its own tenant alone', async () => {
  const { auth } = await createTestAuth()
  const { users, audit } = auth.asSystem('test')
  const { id } = await users.create({ identifier: 'first@example.com', role: 'editor' })
  for (let index = 0; index < 100; index += 1) await users.setRole({ id, role: `editor-${index}` })
  const [made] = (await audit.list({ action: 'identity.user.created' })).entries
  const entryId = made?.id ?? ''
  expect(await audit.get({ id: entryId })).toEqual(made)
  await expect(audit.get({ id })).rejects.toMatchObject({ code: 'not_found' })
  const elsewhere = auth.asSystem('test', { tenantId: 'elsewhere' }).audit
  await expect(elsewhere.get({ id: entryId })).rejects.toMatchObject({ code: 'not_found' })
})

test('the audit log of a span of time ends before its end', async () => {
  const { auth, clock } = await createTestAuth()
  const { users, audit } = auth.asSystem('test')
  const { createdAt: from } = await users.create({ identifier: 'first@example.com' })
  await clock.advance('1d')
  const { createdAt: to } = await users.create({ identifier: 'second@example.com' })
  const countOf = async (span: object) => (await audit.list({ action: 'identity.user.created', ...span })).entries.length
  expect([await countOf({ from, to }), await countOf({ from: to }), await countOf({ from })]).toEqual([1, 1, 2])
})
