import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type Device, device } from './browser.ts'
import { heldLogin } from './held-login.ts'
import { houseOn } from './house.ts'
import { hashesIn, houses, type OpenedHouse, testIn } from './houses.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const newPassword = 'another good secret'

describe.each(houses)('a proof holds until it is spent, on $name', (kind) => {
  const test = testIn(kind)
  let engine: OpenedHouse
  let house: ReturnType<typeof houseOn>
  let gap: ReturnType<typeof heldLogin>
  let laptop: Device
  let userId: string

  beforeEach(async () => {
    engine = await kind.open()
    gap = heldLogin()
    house = houseOn(engine.storage, { stores: engine.stores, hooks: gap.hooks })
    laptop = device(house)
    userId = (await laptop.send('POST', '/auth/register', ada)).body.user.id
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const login = (browser: Device, password: string) => browser.send('POST', '/auth/login', { ...ada, password })
  const finish = (browser: Device, loginToken: string, wish: string) =>
    browser.send('POST', '/auth/login/password', { loginToken, newPassword: wish })
  const change = (browser: Device, currentPassword: string, wish: string) =>
    browser.send(
      'POST',
      '/auth/password/change',
      { currentPassword, newPassword: wish },
      { 'x-csrf-token': browser.jar.get('__Host-keywright-csrf') ?? '' },
    )
  const reset = async () => (await house.auth.asSystem('support').password.reset({ id: userId })).temporaryPassword
  const isIn = async (browser: Device) => (await browser.send('GET', '/auth/me')).status === 200

  test('OT-02: a second pending login with the temporary password is dead once the owner has finished the first', async () => {
    const temporary = await reset()
    const [thief, owner] = [device(house, '198.51.100.7'), device(house)]
    const stolen = (await login(thief, temporary)).body
    const own = (await login(owner, temporary)).body
    expect((await finish(owner, own.loginToken, newPassword)).status).toBe(200)
    expect(await finish(thief, stolen.loginToken, 'the thief was here')).toMatchObject({
      status: 401,
      body: { code: 'login_expired' },
    })
    expect(await isIn(thief)).toBe(false)
    expect(await isIn(owner)).toBe(true)
    expect((await login(device(house), newPassword)).status).toBe(200)
  })

  test('OT-01: of two pending logins that are finished at one moment, one is; the account is not taken over by the other', async () => {
    const temporary = await reset()
    const browsers = Array.from({ length: 8 }, (_, i) => device(house, `198.51.100.${i}`))
    const tokens: string[] = []
    for (const browser of browsers) tokens.push((await login(browser, temporary)).body.loginToken)
    const answers = await Promise.all(browsers.map((browser, i) => finish(browser, tokens[i] ?? '', `${newPassword} ${i}`)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(401)])
    const winner = answers.findIndex(({ status }) => status === 200)
    expect((await login(device(house), `${newPassword} ${winner}`)).status).toBe(200)
  })

  test('finishing a forced change ends the sessions that are still there', async () => {
    await house.database
      .everything<{ password: { change_required_at: Date | null } }>()
      .updateTable('password')
      .set({ change_required_at: house.ambient.clock.now() })
      .execute()
    const owner = device(house)
    const { loginToken } = (await login(owner, ada.password)).body
    expect(await isIn(laptop)).toBe(true)
    expect((await finish(owner, loginToken, newPassword)).status).toBe(200)
    expect(await isIn(laptop)).toBe(false)
    expect(await isIn(owner)).toBe(true)
  })

  test('PW-10: a pending login of before a reset is no oracle for the password of after it', async () => {
    const owner = device(house)
    const { loginToken } = (await login(owner, await reset())).body
    // A reset whose end of the pending logins got lost: the ticket itself has to know which password it was issued for.
    const later = await reset()
    await house.database
      .everything<{ ticket: { consumed_at: Date | null } }>()
      .updateTable('ticket')
      .set({ consumed_at: null })
      .execute()
    for (const wish of [later, newPassword]) {
      expect(await finish(owner, loginToken, wish)).toMatchObject({ status: 401, body: { code: 'login_expired' } })
    }
    expect((await login(device(house), later)).body.status).toBe('factor_required')
  })

  test('OT-02: a login that was proved before the owner changed the password gets neither a session nor a ticket', async () => {
    const thief = device(house, '198.51.100.7')
    const answer = await gap.during(
      () => login(thief, ada.password),
      async () => expect((await change(laptop, ada.password, newPassword)).status).toBe(200),
    )
    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    expect(thief.jar.size).toBe(0)
    expect(await isIn(laptop)).toBe(true)
    const { entries } = await house.auth.asSystem('test').audit.list({ action: 'identity.auth.login.failed' })
    expect(entries).toMatchObject([{ userId, actor: { kind: 'anonymous' } }])
  })

  test('OT-02: a login that was proved before an operator reset the password gets neither a session nor a ticket', async () => {
    const thief = device(house, '198.51.100.7')
    const answer = await gap.during(() => login(thief, ada.password), reset)
    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    expect(thief.jar.size).toBe(0)
  })

  test('OT-02: a login with a temporary password that was replaced meanwhile gets no ticket', async () => {
    const first = await reset()
    const thief = device(house, '198.51.100.7')
    const answer = await gap.during(() => login(thief, first), reset)
    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    expect(thief.jar.size).toBe(0)
  })

  test('OT-02: changing the password ends the pending logins of the old one', async () => {
    await house.database
      .everything<{ password: { change_required_at: Date | null } }>()
      .updateTable('password')
      .set({ change_required_at: house.ambient.clock.now() })
      .execute()
    const thief = device(house, '198.51.100.7')
    const { loginToken } = (await login(thief, ada.password)).body
    expect((await change(laptop, ada.password, newPassword)).status).toBe(200)
    expect(await finish(thief, loginToken, 'the thief was here')).toMatchObject({
      status: 401,
      body: { code: 'login_expired' },
    })
  })

  test('OT-02: of logins that race a change of the password none is left with a session', async () => {
    const thieves = Array.from({ length: 12 }, (_, i) => device(house, `198.51.100.${i}`))
    const [changed, ...answers] = await Promise.all([
      change(laptop, ada.password, newPassword),
      ...thieves.map((thief) => login(thief, ada.password)),
    ])
    expect(changed.status).toBe(200)
    expect(answers.filter(({ status }) => ![200, 401].includes(status))).toEqual([])
    expect(await Promise.all(thieves.map(isIn))).toEqual(Array(12).fill(false))
    expect(await isIn(laptop)).toBe(true)
  })

  test('of four changes of one password at one moment one is made, and its password is the one that counts', async () => {
    const wishes = Array.from({ length: 4 }, (_, i) => `${newPassword} ${i}`)
    const answers = await Promise.all(wishes.map((wish) => change(laptop, ada.password, wish)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401])
    const made = answers.findIndex(({ status }) => status === 200)
    const logins = await Promise.all(wishes.map((wish, i) => login(device(house, `198.51.100.${i}`), wish)))
    expect(logins.map(({ status }) => status === 200)).toEqual(wishes.map((_, i) => i === made))
  })

  test('a change that meets a reset leaves one password, and the temporary one never without what it owes', async () => {
    for (let round = 0; round < 4; round += 1) {
      const owner = device(house)
      const known = round === 0 ? ada.password : `${newPassword} ${round - 1}`
      expect((await login(owner, known)).body.status).toBe('active')
      const wish = `${newPassword} ${round}`
      const [, temporary] = await Promise.all([change(owner, known, wish), reset()])
      const [fresh, given] = [await login(device(house), wish), await login(device(house), temporary)]
      expect([
        ['active', undefined],
        [undefined, 'factor_required'],
      ]).toContainEqual([fresh, given].map(({ status, body }) => (status === 200 ? body.status : undefined)))
      const back = device(house)
      if (given.status === 200) expect((await finish(back, given.body.loginToken, wish)).body.status).toBe('active')
    }
  })

  test('logins at one moment all succeed while the first of them upgrades the hash', async () => {
    const old = '$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ'
    const hashes = hashesIn(house, engine)
    await hashes.set(userId, old)
    const browsers = Array.from({ length: 8 }, (_, i) => device(house, `198.51.100.${i}`))
    const answers = await Promise.all(browsers.map((browser) => login(browser, 'correct horse')))
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect(await hashes.find(userId)).toMatch(/^\$argon2id\$/)
  })

  test('CC-04: a user disabled between proof and session gets none, and enabling them revives none', async () => {
    const phone = device(house)
    const answer = await gap.during(
      () => login(phone, ada.password),
      () => house.auth.asSystem('fraud desk').users.disable({ id: userId, reason: 'chargeback' }),
    )
    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    await house.auth.asSystem('fraud desk').users.enable({ id: userId })
    expect(await isIn(phone)).toBe(false)
    expect(await isIn(laptop)).toBe(false)
    expect((await login(phone, ada.password)).status).toBe(200)
  })

  test('CC-04: a session that began while its user was being disabled stays dead when they are enabled', async () => {
    const desk = house.auth.asSystem('fraud desk')
    await desk.users.disable({ id: userId, reason: 'chargeback' })
    // What a login leaves behind that read "not disabled" before the commit and the version after it.
    const state = house.database.everything<{ user_state: { disabled_at: Date | null } }>()
    const [disabled] = await state.selectFrom('user_state').select('disabled_at').execute()
    await state.updateTable('user_state').set({ disabled_at: null }).execute()
    const phone = device(house)
    expect((await login(phone, ada.password)).status).toBe(200)
    await state
      .updateTable('user_state')
      .set({ disabled_at: disabled?.disabled_at ?? null })
      .execute()
    await desk.users.enable({ id: userId })
    expect(await isIn(phone)).toBe(false)
    const [first, second] = (await desk.audit.list({ action: 'identity.user.enabled' })).entries
    expect([first?.target, second]).toEqual([userId, undefined])
  })

  test('enabling a user who is not disabled ends nothing', async () => {
    await house.auth.asSystem('support').users.enable({ id: userId })
    expect(await isIn(laptop)).toBe(true)
  })

  test('the audit log names the user from the proof on, and nobody where nothing was proved', async () => {
    await laptop.send('POST', '/auth/refresh', {})
    await laptop.send('POST', '/auth/logout', {})
    await login(laptop, 'a wrong guess')
    const owner = device(house)
    await finish(owner, (await login(owner, await reset())).body.loginToken, newPassword)
    const { entries } = await house.auth.asSystem('test').audit.list({ limit: 50 })
    const said = entries.map(({ action, actor }) => `${action.replace('identity.', '')} by ${actor.kind} ${actor.id}`)
    const by = (actor: string, ...actions: string[]) => actions.map((action) => `${action} by ${actor}`)
    expect(said.filter((line) => !line.includes('by system')).sort()).toEqual(
      [
        ...by(`user ${userId}`, 'user.created', 'session.created', 'session.revoked', 'auth.logout'),
        ...by('anonymous anonymous', 'auth.login.failed'),
        ...by(`user ${userId}`, 'user.password.changed', 'auth.login.success', 'session.created'),
      ].sort(),
    )
    const heard = await house.database
      .everything<{ outbox: { event: string; actor: unknown } }>()
      .selectFrom('outbox')
      .selectAll()
      .execute()
    expect(heard.find(({ event }) => event === 'identity.session.rotated')?.actor).toEqual({ kind: 'user', id: userId })
  })

  test('a refused new password points at the field that was sent', async () => {
    const changed = await change(laptop, ada.password, 'xq7 kv')
    expect(changed).toMatchObject({ status: 400, body: { errors: [{ pointer: '/newPassword', code: 'too_short' }] } })
    const owner = device(house)
    const finished = await finish(owner, (await login(owner, await reset())).body.loginToken, 'xq7 kv')
    expect(finished).toMatchObject({ status: 400, body: { errors: [{ pointer: '/newPassword', code: 'too_short' }] } })
    const registered = await device(house).send('POST', '/auth/register', { email: 'grace@example.com', password: 'xq7 kv' })
    expect(registered).toMatchObject({ status: 400, body: { errors: [{ pointer: '/password', code: 'too_short' }] } })
  })

  test('a pending login travels as a cookie only where the session will', async () => {
    const temporary = await reset()
    const phone = device(house)
    const owed = await phone.send('POST', '/auth/login', { ...ada, password: temporary }, { 'x-auth-strategy': 'bearer' })
    expect(owed.body).toMatchObject({ status: 'factor_required', methods: ['password_change'] })
    expect(owed.headers.getSetCookie()).toEqual([])
    await login(laptop, temporary)
    expect([...laptop.jar.keys()]).toContain('__Host-keywright-login')
  })
})
