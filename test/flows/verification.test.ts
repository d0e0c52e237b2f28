import { afterEach, beforeEach, describe, expect } from 'vitest'
import type { AuthOptions } from '../../src/app/options.ts'
import { device } from './browser.ts'
import { houseOn } from './house.ts'
import { houses, testIn } from './houses.ts'
import { codeIn, mailed, tokenIn } from './inbox.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const grace = { ...ada, email: 'grace@example.com' }
const [second, day] = [1_000, 86_400_000]

describe.each(houses)('an address on $name', (kind) => {
  const test = testIn(kind)
  let house: ReturnType<typeof houseOn>
  let opened: Awaited<ReturnType<typeof kind.open>>

  beforeEach(async () => {
    opened = await kind.open()
  })
  afterEach(async () => {
    await house.auth.close()
    await opened.cleanup()
  })

  function openHouse(email: NonNullable<AuthOptions['email']>, users: AuthOptions['users'] = {}) {
    const options = { stores: opened.stores, email, users, ...mailed }
    house = houseOn(opened.storage, options, { jobsAtOnce: true })
  }
  const send = (path: string, body: object, headers = {}) => device(house).send('POST', path, body, headers)
  const sent = () => house.service('mail')?.inbox?.messages() ?? []
  const login = async (who = ada) => (await send('/auth/login', who)).body

  test('proved first: nobody is let in before the link or the code of the mail is used, and either spends both', async () => {
    openHouse({ verification: 'strict' })
    const heard: unknown[] = []
    house.auth.on('identity.user.email.verified', ({ data }) => void heard.push(data))
    const registered = await send('/auth/register', ada)
    await house.background.settled()
    expect(registered).toMatchObject({ status: 201, body: { status: 'verification_required' } })
    expect(registered.headers.getSetCookie()).toEqual([])
    const [mail] = sent()
    expect(mail).toMatchObject({ to: ada.email, subject: 'Confirm your address for Example' })
    expect(mail?.html).toContain(codeIn(mail?.text))

    expect(await login()).toEqual({ status: 'verification_required' })
    expect((await send('/auth/login', { ...ada, password: 'not the password' })).status).toBe(401)
    expect((await send('/auth/verify', { token: tokenIn(mail?.text) })).body).toEqual({ ok: true })
    expect((await send('/auth/verify', { email: ada.email, code: codeIn(mail?.text) })).body.code).toBe('ticket_rejected')
    expect(await login()).toMatchObject({ status: 'active', user: { emailVerified: true } })

    await send('/auth/register', grace)
    await house.background.settled()
    const [other] = sent()
    expect((await send('/auth/verify', { email: ' Grace@example.com', code: codeIn(other?.text) })).status).toBe(200)
    expect((await send('/auth/verify', { token: tokenIn(other?.text) })).body.code).toBe('ticket_rejected')
    expect(await login(grace)).toMatchObject({ status: 'active', user: { emailVerified: true } })
    await house.background.settled()
    expect(heard).toEqual([{ by: 'link' }, { by: 'code' }])
    expect(sent()).toHaveLength(2) // nobody was reminded while there was a mail that worked

    // A password that is chosen with the link of a mail proves the address it was mailed to.
    const kay = { email: 'kay@example.com', password: 'violet harbour lamp 42' }
    await send('/auth/register', { ...kay, password: ada.password })
    await house.background.settled()
    await send('/auth/password/forgot', { email: kay.email })
    await house.background.settled()
    const token = tokenIn(sent()[0]?.text)
    expect((await send('/auth/password/reset', { token, newPassword: kay.password })).status).toBe(200)
    expect(await login(kay)).toMatchObject({ status: 'active', user: { emailVerified: true } })
    await house.background.settled()
    expect(heard.at(-1)).toEqual({ by: 'reset' })
  })

  test('proved later: a newcomer is let in until the grace period ends, then neither a login nor a refresh gets through, nor a browser that asks for neither', async () => {
    openHouse({ verification: 'lazy', grace: '10d' })
    const laptop = device(house)
    expect((await laptop.send('POST', '/auth/register', ada)).body).toMatchObject({
      status: 'active',
      user: { emailVerified: false },
    })
    expect((await send('/auth/register', ada)).body.code).toBe('identifier_taken')
    await house.background.settled()
    const tab = device(house)
    await tab.send('POST', '/auth/login', ada)
    house.advance(10 * day - second)
    expect((await laptop.send('POST', '/auth/refresh', {})).status).toBe(200)
    expect((await login()).status).toBe('active')
    house.advance(2 * second)
    await tab.send('GET', '/auth/me') // its use is noted behind it
    await house.background.settled()
    expect((await tab.send('GET', '/auth/me')).body.code).toBe('session_revoked')
    expect((await laptop.send('POST', '/auth/refresh', {})).body.code).toBe('refresh_rejected')
    expect(await login()).toEqual({ status: 'verification_required' })
    await house.background.settled()
    const proofs = sent().filter(({ subject }) => subject.startsWith('Confirm'))
    expect(proofs.map(({ to }) => to)).toEqual([ada.email, ada.email]) // the first link has run out: a fresh one is on its way
    expect((await send('/auth/verify', { token: tokenIn(proofs[0]?.text) })).status).toBe(200)
    expect((await login()).status).toBe('active')
  })

  test('who has no address is not asked for one, an operator can vouch for one, and a house that asks for no proof lets everybody in', async () => {
    openHouse({ verification: 'strict' }, { identifiers: ['email', 'username'] })
    const { body } = await send('/auth/register', { identifier: 'ada.l', password: ada.password })
    expect(body).toMatchObject({ status: 'active', user: { email: null } })
    const { email, users } = house.auth.asSystem('test')
    expect(await email.sendVerification({ id: body.user.id })).toEqual({ sent: false, reason: 'no_address' })
    const { id } = await users.create({ identifier: grace.email })
    expect(await email.sendVerification({ id })).toEqual({ sent: true })
    expect(await email.verify({ id })).toEqual({ verified: true })
    expect(await email.verify({ id })).toEqual({ verified: false, reason: 'already_verified' })
    expect(await email.sendVerification({ id })).toEqual({ sent: false, reason: 'already_verified' })
    await expect(email.sendVerification({ id: 'nobody' })).rejects.toMatchObject({ code: 'not_found' })
    await house.auth.close()

    openHouse({})
    expect((await send('/auth/register', { ...ada, email: 'kay@example.com' })).body.status).toBe('active')
    house.advance(400 * day)
    expect((await login({ ...ada, email: 'kay@example.com' })).status).toBe('active')
  })
})
