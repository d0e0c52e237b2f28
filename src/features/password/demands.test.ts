import { expect, test } from 'vitest'
import { createTestAuth } from '../../testing.ts'

test('without a mail that reaches them no reset is demanded of anybody and nobody is created: it would lock them out', async () => {
  const { auth, close } = await createTestAuth({ users: { identifiers: ['email', 'username'] } })
  const { password } = auth.asSystem('support')
  expect(await password.provision({ identifier: 'grace' }).result()).toMatchObject({ error: { code: 'reset_needs_mail' } })
  const hopper = await auth.asSystem('support').users.create({ identifier: 'hopper' })
  expect(await password.requireReset({ id: hopper.id }).result()).toMatchObject({ error: { code: 'reset_needs_mail' } })
  expect(await password.requireReset({ id: 'nobody' }).result()).toMatchObject({ error: { code: 'not_found' } })
  await close()

  const silent = await createTestAuth({ mail: undefined as never })
  const ada = await silent.loginAs({ email: 'ada@example.com' })
  const { id } = await ada.me()
  const refused = await silent.auth.asSystem('support').password.requireReset({ id }).result()
  expect(refused).toMatchObject({ error: { code: 'reset_needs_mail', help: expect.stringContaining('Switch mail on') } })
  expect((await ada.me()).id).toBe(id)
  await silent.close()
})

test('somebody without a password, of whom a reset is demanded, gets the mail of a new account', async () => {
  const { auth, mail, client, close } = await createTestAuth()
  const { password, users } = auth.asSystem('support')
  const { id } = await users.create({ identifier: 'grace@example.com' })
  await password.requireReset({ id })
  await client().me().result() // what waits is sent
  expect(mail.sentTo('grace@example.com')).toMatchObject([{ subject: 'Your account at Test' }])
  await close()
})

test('a reset that is demanded twice sends two mails, and the newer link works', async () => {
  const { auth, seed, mail, clock, client, close } = await createTestAuth()
  const ada = await seed.user()
  const { password } = auth.asSystem('support')
  await password.requireReset({ id: ada.id })
  clock.advance('1m')
  await password.requireReset({ id: ada.id })
  const browser = client()
  await browser.me().result() // what waits is sent
  const tokens = mail.sentTo(ada.email).map(({ links }) => new URL(links[0] ?? '').searchParams.get('token') ?? '')
  const answers = []
  for (const token of tokens)
    answers.push(await browser.password.reset({ token, newPassword: 'violet harbour lamp 42' }).result())
  expect(answers.map(({ ok }) => ok)).toEqual([false, true])
  await close()
})
