import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { codeIn, mailed, tokenIn } from '../flows/inbox.ts'

const email = 'ada@example.com'
const [thiefs, owners] = ['correct horse battery', 'violet harbour lamp 42']

describe.each(engines)('LK-07: an account opened with the address of somebody else on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>

  beforeEach(async () => {
    engine = await open()
    const asking = { verification: 'lazy', confirmWith: 'password' } as const
    house = houseOn(engine.storage, { ...mailed, email: asking }, { jobsAtOnce: true })
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const newest = () => house.service('mail')?.inbox?.messages()[0]?.text ?? ''
  async function mailAfter(path: string, body: object) {
    const who = device(house)
    const { status } = await who.send('POST', path, body)
    expect([200, 201]).toContain(status)
    await house.background.settled()
    return { who, token: tokenIn(newest()), code: codeIn(newest()) }
  }
  const verify = async (body: object) => {
    const answer = await device(house).send('POST', '/auth/verify', body)
    return answer.status === 200 ? 'proved' : answer.body.code
  }
  const login = async (password: string) => (await device(house).send('POST', '/auth/login', { email, password })).status
  const isProved = async () => (await house.auth.asSystem('test').users.list({})).users[0]?.emailVerified

  test('is not confirmed by whoever has the mail alone; once they recover it, the session and the password of before are nothing', async () => {
    const { who: thief, token, code } = await mailAfter('/auth/register', { email, password: thiefs })
    for (const shown of [{ token }, { email, code }]) {
      expect(await verify(shown)).toBe('password_required')
      expect(await verify({ ...shown, password: owners })).toBe('invalid_credentials')
    }
    expect(await isProved()).toBe(false)

    house.advance(1_000)
    const recovery = await mailAfter('/auth/password/forgot', { email })
    const reset = await device(house).send('POST', '/auth/password/reset', { token: recovery.token, newPassword: owners })
    expect([reset.status, await isProved()]).toEqual([200, true])
    expect((await thief.send('GET', '/auth/me')).status).toBe(401)
    expect([await login(thiefs), await login(owners)]).toEqual([401, 200])
    expect(await verify({ token, password: thiefs })).toBe('ticket_rejected')
  })

  test('guesses at its password beside a link that is right slow down as those at a login, on one budget', async () => {
    const { token } = await mailAfter('/auth/register', { email, password: thiefs })
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, nr) => verify({ token, password: `guess number ${nr}` })))
    expect(new Set(outcomes)).toEqual(new Set(['invalid_credentials', 'rate_limited']))
    expect([await verify({ token, password: thiefs }), await login(thiefs)]).toEqual(['rate_limited', 429])
    expect(await isProved()).toBe(false)
  })

  test('whoever opened it confirms with their password, by link or code; of four at once one does', async () => {
    const { who, token, code } = await mailAfter('/auth/register', { email, password: owners })
    const shown = Array.from({ length: 4 }, (_, nr) => ({ ...(nr % 2 === 0 ? { token } : { email, code }), password: owners }))
    const outcomes = await Promise.all(shown.map(verify))
    expect(outcomes.filter((outcome) => outcome === 'proved')).toHaveLength(1)
    expect(new Set(outcomes)).toEqual(new Set(['proved', 'ticket_rejected']))
    expect((await who.send('GET', '/auth/me')).body).toMatchObject({ email, emailVerified: true })
  })

  test('is not moved onto their address either: the mail of a change asks for the password, and a wrong one spends nothing', async () => {
    const bearer = { 'x-auth-strategy': 'bearer' }
    const thief = device(house)
    const { body } = await thief.send('POST', '/auth/register', { email: 'thief@example.com', password: thiefs }, bearer)
    const asking = { authorization: `Bearer ${body.accessToken}` }
    const asked = await thief.send('POST', '/auth/email/change', { newEmail: email, currentPassword: thiefs }, asking)
    expect(asked.status).toBe(200)
    await house.background.settled()
    const mail = house
      .service('mail')
      ?.inbox?.messages()
      .find(({ to }) => to === email)
    const token = tokenIn(mail?.text ?? '')
    const confirm = (shown: object) => device(house).send('POST', '/auth/email/change/confirm', { token, ...shown })
    expect((await confirm({})).body.code).toBe('password_required')
    expect((await confirm({ password: owners })).body.code).toBe('invalid_credentials')
    expect((await house.auth.asSystem('test').users.list({})).users.map((user) => user.email)).toEqual(['thief@example.com'])
    const outcomes = await Promise.all(Array.from({ length: 4 }, async () => (await confirm({ password: thiefs })).status))
    expect(outcomes.sort()).toEqual([200, 400, 400, 400])
  })

  test('an account without a password is confirmed by its mail', async () => {
    const { email: admin, users } = house.auth.asSystem('test')
    const { id } = await users.create({ identifier: email })
    await admin.sendVerification({ id })
    await house.background.settled()
    expect(await verify({ token: tokenIn(newest()) })).toBe('proved')
  })
})
