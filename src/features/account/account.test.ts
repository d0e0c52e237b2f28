import { expect, test } from 'vitest'
import { createAuth, deny } from '../../index.ts'
import { sqlite } from '../../sqlite.ts'
import { createTestAuth } from '../../testing.ts'

test('the application may refuse, and an operator deletes who waits', async () => {
  const held = new Set<string>()
  const hooks = { beforeDelete: ({ user }: { user: { id: string } }) => void (held.has(user.id) && deny('legal_hold')) }
  const { auth, loginAs, seed, events, mail, clock } = await createTestAuth({ hooks })
  const { id, email } = await seed.user({ email: 'ada@example.com' })
  const [ada, phone] = [await loginAs({ email }), await loginAs({ email })]
  const support = auth.asSystem('support')

  held.add(id)
  await expect(ada.account.delete()).rejects.toMatchObject({ code: 'denied_by_app', detail: 'legal_hold' })
  await expect(support.account.delete({ id })).rejects.toMatchObject({ code: 'denied_by_app' })
  expect((await ada.me()).id).toBe(id)
  held.clear()

  const staying = { deleteAt: null, wishedBy: null, note: null }
  expect(await support.account.departure({ id })).toEqual(staying)
  const deleteAt = new Date(clock.now().getTime() + 14 * 86_400_000).toISOString()
  expect(await ada.account.delete()).toEqual({ status: 'scheduled', deleteAt })
  expect(await support.account.departure({ id })).toEqual({ ...staying, deleteAt, wishedBy: 'user' })
  expect(ada.state).toEqual({ status: 'none' })
  await expect(phone.me()).rejects.toMatchObject({ code: 'session_revoked' })
  expect(mail.sentTo(email).flatMap(({ links }) => links)).toEqual([
    expect.stringMatching(/^https:\/\/app\.example\.test\/keep-account\?token=/),
  ])

  expect(await support.account.delete({ id, reason: 'asked twice' })).toEqual({ status: 'deleted' })
  await expect(support.account.delete({ id })).rejects.toMatchObject({ code: 'not_found' })
  await expect(support.account.restore({ id })).rejects.toMatchObject({ code: 'not_found' })
  await expect(support.account.departure({ id })).rejects.toMatchObject({ code: 'not_found' })
  const [gone, ...more] = (await support.audit.list({ action: 'identity.user.deleted' })).entries
  expect(more).toEqual([])
  expect(gone).toMatchObject({ actor: { kind: 'system', id: 'support' }, data: { reason: 'operator', note: 'asked twice' } })
  expect(events.ofType('identity.user.deletion-scheduled')).toMatchObject([{ userId: id, data: { deleteAt } }])
  await auth.close()
})

test('somebody takes along what is kept of them: everything, and no secret', async () => {
  const { auth, loginAs, clock } = await createTestAuth()
  const ada = await loginAs({ email: 'ada@example.com', firstName: 'Ada' })
  const { exportedAt, data } = await ada.account.export()
  expect(exportedAt).toBe(clock.now().toISOString())
  expect(data).toMatchObject({
    users: { firstName: 'Ada', identifiers: [{ kind: 'email', value: 'ada@example.com' }], disabledAt: null },
    password: { changedAt: exportedAt, changeRequiredAt: null },
    sessions: { sessions: [{ ipAddress: '127.0.0.1', evidence: [{ factor: 'password' }] }] },
    tickets: { tickets: [] },
    mail: { suppressed: [] },
  })
  expect(JSON.stringify(data)).not.toMatch(/argon2|digest/i)
  expect((await auth.asSystem('test').audit.list({ action: 'identity.user.exported' })).entries).toHaveLength(1)
  clock.advance('11m')
  await expect(ada.account.export()).rejects.toMatchObject({ code: 'step_up_required' })
  await auth.close()
})

test('a grace without mail, which would say how to stay, does not boot', () => {
  const open = (grace: '14d' | false) =>
    createAuth({ baseUrl: 'https://app.example.com', secret: 's'.repeat(32), storage: sqlite(':memory:'), account: { grace } })
  expect(() => open('14d')).toThrow('account.grace needs mail')
  expect(() => open(false)).not.toThrow()
})
