import { hash } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { countingHasher, MemoryStore, openDesk, openWithAda } from './desk.ts'

test('SA-04: registering answers what was given, with an argon2id hash in the place of the password', async () => {
  const { service } = openDesk(new MemoryStore())
  const user = await service.registerUser({ login: 'ada@example.com', password: 'securepassword', name: 'Ada' })
  expect(user).toEqual({ login: 'ada@example.com', name: 'Ada', password: expect.stringMatching(/^\$argon2id\$v=19\$/) })
  expect(JSON.stringify(user)).not.toContain('securepassword')
})

test('SA-05: one password registered twice has two hashes', async () => {
  const { service } = openDesk(new MemoryStore())
  const given = { login: 'ada@example.com', password: 'securepassword' }
  const [first, second] = await Promise.all([service.registerUser(given), service.registerUser(given)])
  expect(first.password).not.toBe(second.password)
})

test('any password may be registered that can be hashed at all: no other rule comes with this face', async () => {
  const { service } = openDesk(new MemoryStore())
  const register = (password: unknown) => service.registerUser({ login: 'ada@example.com', password: password as string })
  for (const password of ['1', 'password', 'é'.repeat(256)]) {
    const { password: stored } = await register(password)
    expect((await service.login({ id: 'ada', login: 'ada', password: stored }, password)).sessionId).toBeTypeOf('string')
  }
  for (const password of ['', 'a'.repeat(257), '𝒂'.repeat(257), '\ud800', undefined, 7, { length: 1 }]) {
    await expect(register(password)).rejects.toThrow('A password is a text of 1 to 256 characters')
  }
})

test('SA-06: a login answers two tokens and the id of a session that was saved once', async () => {
  const { login, store } = await openWithAda(new MemoryStore())
  const tokens = await login()
  expect(Object.keys(tokens).sort()).toEqual(['accessToken', 'refreshToken', 'sessionId'])
  expect(store.calls).toEqual([`save ${tokens.sessionId} ada`])
  expect(tokens.sessionId).toMatch(/^[0-9a-f-]{36}$/)
})

test('SA-08: a wrong password is refused and leaves no session', async () => {
  const { service, ada, store } = await openWithAda(new MemoryStore())
  for (const wrong of ['wrong', '', 'x'.repeat(100_000), undefined, { $ne: '' }]) {
    await expect(service.login(ada, wrong as string)).rejects.toThrow(/^Invalid credentials$/)
  }
  expect(store.calls).toEqual([])
})

test.each([
  ['answers false', async () => false],
  [
    'throws',
    async () => {
      throw new Error('connect ECONNREFUSED 10.0.0.7:5432')
    },
  ],
])('SA-09: when saveSession %s there is no login, and the message tells nothing of the database', async (_, saveSession) => {
  const store = Object.assign(new MemoryStore(), { saveSession })
  const { login } = await openWithAda(store)
  await expect(login()).rejects.toThrow(/^Failed to store session in database\.$/)
})

test('SA-32: who does not exist, has no hash or is not a row costs the hash that a wrong password costs, and is told the same', async () => {
  const hasher = countingHasher()
  const { service, ada } = await openWithAda(new MemoryStore(), { world: { hasher } })
  const noRow = { rows: [ada], rowCount: 1 } as unknown as typeof ada // what a driver answers, handed on unopened
  const plain = { ...ada, password: 'correct horse battery' }
  for (const user of [ada, plain, { ...ada, password: null as unknown as string }, noRow, undefined, null]) {
    const before = hasher.runs()
    await expect(service.login(user, 'not the password')).rejects.toThrow(/^Invalid credentials$/)
    expect(hasher.runs() - before).toBe(1)
  }
  await expect(service.login(plain, 'correct horse battery')).rejects.toThrow('Invalid credentials')
})

test('an account whose hash is that of no password opens to nothing that is typed', async () => {
  const { service } = openDesk(new MemoryStore())
  const user = { id: 'ada', login: 'ada@example.com', password: await hash('') }
  for (const input of ['', 'x'.repeat(4097), undefined, null, {}]) {
    await expect(service.login(user, input as string)).rejects.toThrow('Invalid credentials')
  }
})

test('a hash that Secure Auth made logs in as it is', async () => {
  const { service } = openDesk(new MemoryStore())
  const password = await hash('securepassword', { memoryCost: 65_536, timeCost: 3, parallelism: 4 })
  const tokens = await service.login({ id: 'ada', login: 'ada@example.com', password }, 'securepassword')
  expect((await service.validateSession(tokens.accessToken)).userId).toBe('ada')
})

test('an id that is a number is spoken of as a text, and a user without an id is a mistake of the caller', async () => {
  const { service, ada, password, store } = await openWithAda(new MemoryStore())
  const { accessToken, sessionId } = await service.login({ ...ada, id: 7 as unknown as string }, password)
  expect(await service.validateSession(accessToken)).toMatchObject({ userId: '7', sessionId })
  expect(store.rows.get(sessionId)).toBe('7')
  for (const id of [undefined, '', null, {}]) {
    await expect(service.login({ ...ada, id: id as string }, password)).rejects.toThrow('A user needs an id.')
  }
})

test('SA-20: a wrong current password changes nothing', async () => {
  const { service, ada, login } = await openWithAda(new MemoryStore())
  const { accessToken } = await login()
  const updates: unknown[] = []
  const change = service.changePassword(ada, 'wrong', 'a new password', (...update) => updates.push(update))
  await expect(change).rejects.toThrow(/^Current password is incorrect\.$/)
  expect(updates).toEqual([])
  expect((await service.validateSession(accessToken)).userId).toBe('ada')
})

test('SA-21: a changed password is handed over as a hash once, and ends the sessions of the user and of nobody else', async () => {
  const rows = new MemoryStore()
  const deleteUserSessions = async (userId: string) => {
    for (const [sessionId, owner] of rows.rows) if (owner === userId) rows.rows.delete(sessionId)
  }
  const { service, ada, password, login } = await openWithAda(Object.assign(rows, { deleteUserSessions }))
  const [phone, laptop, other] = [await login(), await login(), await service.login({ ...ada, id: 'bob' }, password)]
  const updates: [string, string][] = []
  const answer = await service.changePassword(ada, password, 'a new password', async (...update) => void updates.push(update))

  expect(answer).toEqual({ message: 'Password successfully changed.' })
  expect(updates).toEqual([['ada', expect.stringMatching(/^\$argon2id\$/)]])
  for (const { accessToken, refreshToken } of [phone, laptop]) {
    await expect(service.validateSession(accessToken)).rejects.toThrow('Session expired or invalid.')
    await expect(service.refresh(refreshToken)).rejects.toThrow('Session expired or invalid.')
  }
  expect((await service.validateSession(other.accessToken)).userId).toBe('bob')
  const fresh = { ...ada, password: updates[0]?.[1] ?? '' }
  await expect(service.login(fresh, password)).rejects.toThrow('Invalid credentials')
  expect((await service.login(fresh, 'a new password')).sessionId).toBeTypeOf('string')
})

test('a password that was not saved ends no session, and one that cannot be hashed is not saved', async () => {
  const { service, ada, password, login } = await openWithAda(new MemoryStore())
  const { accessToken } = await login()
  const failing = service.changePassword(ada, password, 'a new password', async () => {
    throw new Error('disk full')
  })
  await expect(failing).rejects.toThrow('disk full')
  const updates: unknown[] = []
  await expect(service.changePassword(ada, password, '', (...update) => updates.push(update))).rejects.toThrow('A password is')
  expect(updates).toEqual([])
  expect((await service.validateSession(accessToken)).userId).toBe('ada')
})
