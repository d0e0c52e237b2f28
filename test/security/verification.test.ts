import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { type Device, device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { codeIn, mailed, tokenIn } from '../flows/inbox.ts'

const password = 'correct horse battery'
const [second, minute, hour] = [1_000, 60_000, 3_600_000]

describe.each(engines)('proving an address on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  let people = 0

  beforeAll(async () => {
    engine = await open()
    const links = { verifyEmail: 'https://app.example.com/confirm' }
    house = houseOn(engine.storage, { ...mailed, email: { verification: 'strict' }, links }, { jobsAtOnce: true })
  })
  afterAll(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const send = (path: string, body: object, headers: Record<string, string> = {}) =>
    device(house).send('POST', path, body, headers)
  const verify = (body: object) => send('/auth/verify', body)
  const sentTo = (to: string) =>
    house
      .service('mail')
      ?.inbox?.messages()
      .filter((mail) => mail.to === to) ?? []

  /** What the newest mail to an address has in it. */
  async function shown(email: string) {
    await house.background.settled()
    const { text } = sentTo(email).find((mail) => codeIn(mail.text) !== '') ?? { text: '' }
    return { token: tokenIn(text), code: codeIn(text) }
  }

  /** Somebody new whose mail has arrived. */
  async function newcomer() {
    people += 1
    const email = `person-${people}@example.com`
    expect((await send('/auth/register', { email, password })).status).toBe(201)
    return { email, ...(await shown(email)) }
  }

  async function resend(email: string, headers: Record<string, string> = {}) {
    house.advance(second)
    await send('/auth/verify/resend', { email }, headers)
    return shown(email)
  }

  const isIn = async (email: string) => (await send('/auth/login', { email, password })).body.status === 'active'
  const outcome = async (body: object) => {
    const answer = await verify(body)
    return answer.status === 200 ? 'proved' : answer.body.code
  }

  test('OT-01: of 50 that use the link or the code of one mail at once, one succeeds', async () => {
    const heard: unknown[] = []
    const stop = house.auth.on('identity.user.email.verified', ({ userId }) => void heard.push(userId))
    const { email, token, code } = await newcomer()
    const racers = Array.from({ length: 50 }, (_, index) => outcome(index % 10 === 0 ? { email, code } : { token }))
    const outcomes = await Promise.all(racers)
    expect(outcomes.sort()).toEqual(['proved', ...Array(49).fill('ticket_rejected')])
    await house.background.settled()
    expect(heard).toHaveLength(1)
    expect(await isIn(email)).toBe(true)
    stop()
  })

  test('of 20 guesses at one code at once five are judged, and then the right one is none; the link still works', async () => {
    const { email, token, code } = await newcomer()
    const refused: unknown[] = []
    const stop = house.auth.on('identity.code.rejected', ({ data }) => void refused.push(data))
    const wrong = Array.from({ length: 20 }, (_, index) => String((Number(code) + index + 1) % 1_000_000).padStart(6, '0'))
    const outcomes = await Promise.all(wrong.map((guess) => outcome({ email, code: guess })))
    expect(new Set(outcomes)).toEqual(new Set(['ticket_rejected']))
    const tries = await house.database
      .everything<{ ticket: { code_for: string; code_tries: number } }>()
      .selectFrom('ticket')
      .select('code_tries')
      .where('code_for', '=', email)
      .execute()
    expect(tries).toEqual([{ code_tries: 5 }])
    expect(await outcome({ email, code })).toBe('ticket_rejected')
    expect(await outcome({ token })).toBe('proved')
    await house.background.settled()
    expect(refused).toEqual(Array(21).fill({ purpose: 'verify-email' }))
    stop()
  })

  test('a fifth guess that is right is taken', async () => {
    const { email, code } = await newcomer()
    for (let index = 1; index < 5; index += 1)
      await outcome({ email, code: String((Number(code) + index) % 1_000_000).padStart(6, '0') })
    expect(await outcome({ email, code })).toBe('proved')
  })

  test('OT-02: a link is nothing after its use, a newer one, a change of the address, a disabled user, or 24 hours; a code after ten minutes', async () => {
    const used = await newcomer()
    expect([await outcome(used), await outcome({ token: used.token }), await outcome({ token: used.token })]).toEqual([
      'validation_failed',
      'proved',
      'ticket_rejected',
    ])

    const older = await newcomer()
    const newer = await resend(older.email)
    expect(newer.token).not.toBe(older.token)
    expect(await outcome({ token: older.token })).toBe('ticket_rejected')
    house.advance(10 * minute - second)
    expect(await outcome({ email: older.email, code: newer.code })).toBe('proved')

    const slow = await newcomer()
    house.advance(10 * minute + second)
    expect(await outcome({ email: slow.email, code: slow.code })).toBe('ticket_rejected')
    house.advance(24 * hour - 10 * minute - 2 * second)
    expect(await outcome({ token: slow.token })).toBe('proved')
    const late = await newcomer()
    house.advance(24 * hour + second)
    expect(await outcome({ token: late.token })).toBe('ticket_rejected')

    const moved = await newcomer()
    await house.database
      .everything<{ user_identifier: { value: string } }>()
      .updateTable('user_identifier')
      .set({ value: 'moved@example.com' })
      .where('value', '=', moved.email)
      .execute()
    expect([await outcome({ token: moved.token }), await isIn('moved@example.com')]).toEqual(['ticket_rejected', false])

    const gone = await newcomer()
    const { users } = house.auth.asSystem('test')
    const { id } = (await users.list({ limit: 100 })).users.find(({ email }) => email === gone.email) ?? { id: '' }
    await users.disable({ id, reason: 'test' })
    await users.enable({ id })
    expect(await outcome({ token: gone.token })).toBe('ticket_rejected')
  })

  test('a step that is owed comes first, and whoever has done it is still not let in before the mail; the mail they had is replaced', async () => {
    const { email, token } = await newcomer()
    const { users, password: passwords } = house.auth.asSystem('test')
    const { id } = (await users.list({ limit: 100 })).users.find((user) => user.email === email) ?? { id: '' }
    const { temporaryPassword } = await passwords.reset({ id })
    expect(await outcome({ token })).toBe('ticket_rejected') // an operator ended all there was
    const laptop = device(house)
    const first = await laptop.send('POST', '/auth/login', { email, password: temporaryPassword })
    expect(first.body).toMatchObject({ status: 'factor_required', methods: ['password_change'] })
    house.advance(second)
    const next = await laptop.send('POST', '/auth/login/password', { newPassword: password })
    expect([next.status, next.body]).toEqual([200, { status: 'verification_required' }])
    expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
    const fresh = await shown(email)
    expect(fresh.token).not.toBe(token)
    expect(await outcome({ token: fresh.token })).toBe('proved')
    expect(await isIn(email)).toBe(true)
  })

  test('I9: neither the link nor the code of a mail is at rest', async () => {
    const { token, code } = await newcomer()
    const tables = ['job', 'ticket', 'outbox', 'audit_entry'] as const
    const db = house.database.everything<Record<(typeof tables)[number], Record<string, unknown>>>()
    const rows = await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute()))
    const values = rows.flat().flatMap((row) => Object.values(row).map(String))
    expect(values.filter((value) => value.includes(token) || value === code)).toEqual([])
  })

  test('OT-04: the link leads to the configured page whatever the request says of hosts', async () => {
    const { email } = await newcomer()
    const before = sentTo(email).length
    await resend(email, {
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example;proto=http',
      'x-original-host': 'evil.example',
      referer: 'https://evil.example/',
    })
    expect(sentTo(email)).toHaveLength(before + 1)
    expect(sentTo(email)[0]?.html).toContain('href="https://app.example.com/confirm?token=')
    expect(JSON.stringify(sentTo(email))).not.toContain('evil')
  })

  test('OT-08: an address that is a list, an object or a header is refused, and a list in one text reaches nobody', async () => {
    const { email } = await newcomer()
    const before = house.service('mail')?.inbox?.messages().length
    for (const odd of [[email, 'eve@example.com'], { email }, `${email}\r\nBcc: eve@example.com`])
      expect((await send('/auth/verify/resend', { email: odd })).status).toBe(400)
    for (const odd of [`${email},eve@example.com`, `"${email}"@evil.example`, `eve@example.com <${email}>`])
      expect((await send('/auth/verify/resend', { email: odd })).status).toBe(200)
    await house.background.settled()
    expect(house.service('mail')?.inbox?.messages().length).toBe(before)
  })

  /** All there is to an answer, with what is different in every one taken out. */
  async function face(answer: ReturnType<Device['send']>) {
    const { status, body, headers } = await answer
    const shown = [...headers].map(([name, value]) => (name === 'x-correlation-id' ? name : `${name}: ${value}`))
    return JSON.stringify({ status, body: { ...body, instance: '' }, shown })
  }

  test('PW-01: known, unproved, disabled and unknown addresses get one answer to a registration, a resend and a wrong code', async () => {
    const known = await newcomer()
    await outcome({ token: known.token })
    const unproved = await newcomer()
    const disabled = await newcomer()
    const { users } = house.auth.asSystem('test')
    const { id } = (await users.list({ limit: 100 })).users.find(({ email }) => email === disabled.email) ?? { id: '' }
    await users.disable({ id, reason: 'test' })
    const before = new Map([known, unproved, disabled].map(({ email }) => [email, sentTo(email).length]))
    const emails = [known.email, unproved.email, disabled.email]

    const asked = (path: string, more: object, unknown: string) =>
      Promise.all([...emails, unknown].map((email) => face(send(path, { email, ...more }))))
    const registered = await asked('/auth/register', { password }, 'fresh@example.com')
    const resent = await asked('/auth/verify/resend', {}, 'nobody@example.com')
    const guessed = await asked('/auth/verify', { code: 'none' }, 'nobody@example.com')
    const wrong = await asked('/auth/verify', { code: unproved.code === '000000' ? '000001' : '000000' }, 'nobody@example.com')
    for (const answers of [registered, resent, guessed, wrong]) expect(new Set(answers).size).toBe(1)
    expect(registered[0]).toContain('"status":201')
    expect(registered[0]).not.toContain('set-cookie')

    await house.background.settled()
    const kinds = (email: string) => sentTo(email).slice(0, sentTo(email).length - (before.get(email) ?? 0))
    const subjects = (email: string) =>
      kinds(email)
        .map(({ subject }) => subject)
        .sort()
    expect(subjects(known.email)).toEqual(['You already have an account at Example'])
    expect(subjects(unproved.email)).toEqual(['Confirm your address for Example', 'You already have an account at Example'])
    expect(subjects('fresh@example.com')).toEqual(['Confirm your address for Example'])
    expect(sentTo('nobody@example.com')).toEqual([])
    expect(kinds(known.email)[0]?.text).toContain('https://app.example.com/auth/password/forgot')
  })

  test('CC-01: of 50 parallel registrations of one address, however it is typed, one account comes to be and every answer is the same', async () => {
    const typed = ['race@example.com', 'Race@Example.com', ' RACE@example.com', 'ｒace@EXAMPLE.com']
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => face(send('/auth/register', { email: typed[index % 4], password }))),
    )
    expect(new Set(answers).size).toBe(1)
    const { users } = await house.auth.asSystem('test').users.list({ limit: 100 })
    expect(users.filter(({ email }) => email === 'race@example.com')).toHaveLength(1)
  })
})
