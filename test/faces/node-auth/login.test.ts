import { hash } from '@node-rs/bcrypt'
import { AuthError } from 'keywright/node-auth'
import { expect, test } from 'vitest'
import { stopwatch } from '../../security/timing-rule.ts'
import { ada, bcrypt, bearer, openDesk } from './desk.ts'
import { type MyUser, MyUserStore } from './samples/my-user-store.ts'

const wrong = { status: 401, body: { error: 'The identifier or the password is wrong', code: 'INVALID_CREDENTIALS' } }

test('PW-03: a bcrypt hash of the application opens the door, and is an argon2id hash in its table afterwards', async () => {
  const { client, users, user } = await openDesk()
  expect(user.password).toMatch(/^\$2/)
  expect((await client().login()).status).toBe(200)
  expect((await users.findById(user.id))?.password).toMatch(/^\$argon2id\$/)
  expect((await client().login()).status).toBe(200)
})

test.each([
  ['refuses', new MyUserStore(60)],
  ['cuts', cutting(60)],
])('a column that %s longer hashes keeps the old one, the login holds, and one warning says so', async (_, users) => {
  const { client, user, warnings } = await openDesk({ users })
  for (const _again of [1, 2]) expect((await client().login()).status).toBe(200)
  expect((await users.findById(user.id))?.password).toMatch(/^\$2/)
  expect(warnings.filter((line) => line.startsWith('A password hash could not be stored'))).toHaveLength(1)
})

test('a column that cuts hashes is written to once and put right, and a change of password is refused as unavailable', async () => {
  const users = cutting(60)
  const { client, clock, user } = await openDesk({ users })
  const written: string[] = []
  const update = users.updatePassword
  users.updatePassword = async (id, hash) => {
    written.push(hash)
    await update(id, hash)
  }
  const browser = client()
  for (const _again of [1, 2, 3]) expect((await browser.login(ada, browser.page)).status).toBe(200)
  expect(written).toEqual([expect.stringMatching(/^\$argon2id\$/), user.password])
  const change = { currentPassword: ada.password, newPassword: 'another long sentence' }
  expect(await browser.send('POST', '/auth/change-password', change, { ...browser.page, ...browser.csrf() })).toMatchObject({
    status: 503,
    body: { code: 'UNAVAILABLE' },
  })
  clock.advance('10s') // whoever asks next settles what was begun
  expect((await client().login()).status).toBe(200)
})

test('a hash that somebody sets between our write and our look stays, and is the one that counts', async () => {
  const { client, users, user } = await openDesk()
  const update = users.updatePassword.bind(users)
  const theirs = await bcrypt('what they chose')
  users.updatePassword = async (id, hash) => {
    users.updatePassword = update
    await update(id, hash)
    await update(id, theirs)
  }
  await client().login()
  expect((await users.findById(user.id))?.password).toBe(theirs)
  expect(await client().login()).toMatchObject(wrong)
  expect((await client().login({ ...ada, password: 'what they chose' })).status).toBe(200)
})

test('a row without an id cannot be read: that is an outage, and no wrong password', async () => {
  const { client, users } = await openDesk()
  const find = users.findByEmail.bind(users)
  users.findByEmail = async (email) => {
    const { id: _, ...rest } = (await find(email)) ?? {}
    return rest as MyUser
  }
  expect(await client().login()).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } })
})

/** A column that loses what does not fit, as MySQL outside its strict mode. */
function cutting(width: number): MyUserStore {
  const users = new MyUserStore()
  const update = users.updatePassword.bind(users)
  return Object.assign(users, { updatePassword: (id: string, hash: string) => update(id, hash.slice(0, width)) })
}

test('an unknown address, a wrong password and a user without one are refused alike, and what is no text is 400', async () => {
  const { client, users } = await openDesk()
  await users.create({ email: 'oauth@example.com' })
  const guesses = [
    { ...ada, password: 'wrong' },
    { email: 'eve@example.com', password: 'wrong' },
    { email: 'oauth@example.com', password: 'wrong' },
  ]
  for (const guess of guesses) expect(await client().login(guess)).toMatchObject(wrong)
  for (const odd of [{}, { email: { $ne: null }, password: 'x' }, { email: ada.email, password: 7 }, []])
    expect(await client().login(odd as object)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } })
  const form = await client().send('POST', '/auth/login', 'email=a', { 'content-type': 'application/x-www-form-urlencoded' })
  expect(form).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } })
})

test('PW-02: time does not tell who still has a bcrypt hash, nor who is there at all', async () => {
  const cost = 10
  const { client, users } = await openDesk({ config: { bcryptSaltRounds: cost, keywright: { http: { limits: false } } } })
  await users.create({ email: 'old@example.com', password: await hash('their password', cost) })
  await users.create({ email: 'oauth@example.com' })
  expect((await client().login()).status).toBe(200) // from now on an argon2id hash, which costs next to nothing here
  const best = async (email: string) => {
    // Of the processor: what a shared machine does meanwhile is not in it, and hashing is nothing else.
    const took: number[] = []
    for (let time = 0; time < 5; time++) {
      const sofar = stopwatch()
      expect(await client().login({ email, password: 'wrong' })).toMatchObject(wrong)
      took.push(sofar().cpu)
    }
    return Math.min(...took)
  }
  const old = await best('old@example.com')
  for (const email of [ada.email, 'oauth@example.com', 'nobody@example.com']) expect(await best(email)).toBeGreaterThan(old / 2)
})

test('fields that a client sends besides are left alone, and an address is looked up in lower case', async () => {
  const { client } = await openDesk()
  expect((await client().login({ ...ada, email: ' Ada@Example.com', rememberMe: true })).body).toEqual({ success: true })
})

test('a login is noted through updateLastLogin; no token and no secret reaches their table', async () => {
  const { client, users, user, settled } = await openDesk()
  const { refreshToken } = (await client().login(ada, bearer)).body
  await client().send('POST', '/auth/refresh', { refreshToken })
  await settled()
  expect((await users.findById(user.id))?.lastLogin).toBeInstanceOf(Date)
  expect(users.secrets).toEqual([])
})

test('a user store that is away is 503, and nobody is logged out by it', async () => {
  const { client, users, clock } = await openDesk()
  const browser = client()
  await browser.login()
  const [findByEmail, findById] = [users.findByEmail.bind(users), users.findById.bind(users)]
  users.findByEmail = async () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432'))
  const answer = await client().login()
  expect(answer).toMatchObject({ status: 503, body: { error: 'Temporarily unavailable', code: 'UNAVAILABLE' } })
  users.findByEmail = findByEmail
  users.findById = async () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432'))
  clock.advance('2s')
  const away = { status: 503, body: { code: 'UNAVAILABLE' } }
  const refresh = () => browser.send('POST', '/auth/refresh', undefined, browser.csrf())
  for (const path of ['/auth/me', '/orders']) expect(await browser.get(path)).toMatchObject(away)
  expect(await refresh()).toMatchObject(away)
  users.findById = findById
  expect((await browser.get('/orders')).status).toBe(200)
  expect((await refresh()).status).toBe(200)
})

test('what fails is said where nobody said where to: also a login that could not be noted', async () => {
  const { client, users, warnings, settled } = await openDesk()
  users.updateLastLogin = async () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432'))
  expect((await client().login()).status).toBe(200)
  await settled()
  expect(warnings).toContainEqual(expect.stringContaining('ECONNREFUSED'))
})

test('guessing is slowed down, and the answer says for how long', async () => {
  const { client } = await openDesk({ config: { keywright: {} } })
  const answers = []
  for (let guess = 0; guess < 40; guess++) answers.push(await client().login({ ...ada, password: 'wrong' }))
  const last = answers.at(-1)
  expect(last).toMatchObject({ status: 429, body: { error: 'Too many requests', code: 'RATE_LIMITED' } })
  expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0)
})

test('a change of password asks for the current one, and logs the other devices out', async () => {
  const { client } = await openDesk()
  const [laptop, phone] = [client(), client()]
  await laptop.login()
  await phone.login()
  const change = (currentPassword: string) =>
    laptop.send('POST', '/auth/change-password', { currentPassword, newPassword: 'another long sentence' }, laptop.csrf())
  expect(await change('wrong')).toMatchObject(wrong)
  expect((await change(ada.password)).body).toEqual({ success: true })
  expect((await phone.get('/orders')).body.code).toBe('SESSION_REVOKED')
  expect((await laptop.get('/orders')).status).toBe(200)
  expect((await client().login({ ...ada, password: 'another long sentence' })).status).toBe(200)
})

test('onRegister is handed what was posted, and refuses in its own words; without it there is no route', async () => {
  const seen: unknown[] = []
  const users = new MyUserStore()
  const { client } = await openDesk({
    users,
    router: {
      async onRegister(data, config, options) {
        seen.push(data, config.accessTokenExpiresIn, options.onRegister !== undefined)
        if (data.password === 'bug') throw new Error('a secret of theirs')
        if (data.email === 'bot@example.com') throw new AuthError('No robots', 'noRobots_please', 403, { score: 0.9 })
        if (await users.findByEmail(String(data.email))) throw new AuthError('Email already registered', 'EMAIL_EXISTS', 409)
        return users.create({ email: String(data.email), password: await bcrypt(String(data.password)) })
      },
    },
  })
  const post = (body: object) => client().send('POST', '/auth/register', body)
  const grace = { email: 'Grace@Example.com', password: 'x', name: 'Grace' }
  expect(await post(grace)).toMatchObject({ status: 201, body: { success: true, userId: '2' } })
  expect(seen).toEqual([{ ...grace, email: 'grace@example.com' }, undefined, true])
  expect(await post(grace)).toMatchObject({ status: 409, body: { error: 'Email already registered', code: 'EMAIL_EXISTS' } })
  const robot = await post({ email: 'bot@example.com' })
  expect([robot.status, robot.body]).toEqual([403, { error: 'No robots', code: 'noRobots_please' }])
  const broken = await post({ email: 'bug@example.com', password: 'bug' })
  expect(broken).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } })
  expect(JSON.stringify(broken.body)).not.toContain('theirs')
  expect((await client().login({ email: 'GRACE@example.com', password: 'x' })).status).toBe(200)

  const closed = await openDesk()
  expect((await closed.client().send('POST', '/auth/register', grace)).status).toBe(404)
})

test('after a reset by an operator a login owes a new password, and /login/password finishes it, by cookies and by tokens', async () => {
  for (const strategy of [{}, bearer]) {
    const { auth, client, user } = await openDesk()
    const { temporaryPassword } = await auth.keywright.asSystem('support').password.reset({ id: user.id })
    const browser = client()
    const owing = (await browser.login({ ...ada, password: temporaryPassword }, strategy)).body
    expect(owing).toEqual({ requiresPasswordChange: true, tempToken: expect.any(String) })
    expect((await browser.get('/orders')).status).toBe(401)
    const finish = (newPassword: string) =>
      browser.send('POST', '/auth/login/password', { tempToken: owing.tempToken, newPassword }, { ...browser.page, ...strategy })
    expect(await finish(temporaryPassword)).toMatchObject({ status: 400, body: { code: 'PASSWORD_REJECTED' } })
    expect((await finish('another long sentence')).body).toMatchObject({ success: true })
    const next = await client().login({ ...ada, password: 'another long sentence' })
    expect(next.body).toEqual({ success: true })
  }
})

test('a reset by an operator locks nobody out: a hash that the application sets afterwards owes nothing', async () => {
  const { auth, client, users, user } = await openDesk()
  const { temporaryPassword } = await auth.keywright.asSystem('support').password.reset({ id: user.id })
  await users.updatePassword(user.id, await bcrypt('a password by mail'))
  expect(await client().login({ ...ada, password: temporaryPassword })).toMatchObject(wrong)
  const browser = client()
  const fresh = { ...ada, password: 'a password by mail' }
  for (const _again of [1, 2]) expect((await browser.login(fresh, browser.page)).body).toEqual({ success: true })
  expect((await browser.send('POST', '/auth/refresh', undefined, browser.csrf())).status).toBe(200)
})
