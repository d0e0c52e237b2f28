import { afterEach, beforeEach, describe, expect } from 'vitest'
import { z } from 'zod'
import type { Feature } from '../../src/app/host-feature.ts'
import { declareFeature, type Obstacle } from '../../src/features/feature.ts'
import { login } from '../../src/features/login/index.ts'
import { contract, endpoint } from '../../src/kernel/contract/endpoint.ts'
import { device } from './browser.ts'
import { houseOn } from './house.ts'
import { houses, type OpenedHouse, testIn } from './houses.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const newPassword = 'another good secret'

const termsContract = contract('terms', {
  accept: endpoint({
    method: 'POST',
    path: '/terms',
    access: 'pending-login',
    summary: 'Accept the terms of use',
    body: z.strictObject({ loginToken: z.string().optional() }),
    returns: z.unknown(),
    grants: true,
  }),
})

/** A second thing to owe: terms that have to be accepted; and a list of people nobody lets in. */
function termsFeature() {
  const accepted = new Set<string>()
  const state = { asked: true, refused: false }
  const declaration = declareFeature({
    name: 'terms',
    needs: { login },
    options: z.undefined(),
    contract: termsContract,
    create: ({ needs }) => needs.login,
    handlers: (service) => ({
      accept: ({ ctx, auth, presented }) => {
        const spend = async () => {
          accepted.add(auth.userId)
          return true
        }
        return service.finish(ctx, auth, 'terms', { spend }, presented)
      },
    }),
    gives: () => ({
      gate: async (_ctx, userId): Promise<Obstacle | undefined> => {
        if (state.refused) return 'refused'
        return state.asked && !accepted.has(userId) ? { requirement: 'terms' } : undefined
      },
    }),
  })
  const feature: Feature = { name: 'terms', contract: termsContract, declaration, values: undefined }
  return { feature, state }
}

describe.each(houses)('steps that are owed, on $name', (kind) => {
  const test = testIn(kind)
  let engine: OpenedHouse
  let house: ReturnType<typeof houseOn>
  let terms: ReturnType<typeof termsFeature>
  let asked: object[]

  beforeEach(async () => {
    engine = await kind.open()
    terms = termsFeature()
    asked = []
    house = houseOn(engine.storage, {
      stores: engine.stores,
      features: [terms.feature],
      hooks: { beforeLogin: ({ user }) => void asked.push({ email: user.email, role: user.role }) },
    })
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const isIn = async (browser: ReturnType<typeof device>) => (await browser.send('GET', '/auth/me')).status === 200

  test('a registration asks every gate too: what is owed is asked for before there is a session', async () => {
    const laptop = device(house)
    const registered = await laptop.send('POST', '/auth/register', ada)
    expect(registered).toMatchObject({ status: 201, body: { status: 'factor_required', methods: ['terms'] } })
    expect(await isIn(laptop)).toBe(false)
    expect(await laptop.send('POST', '/auth/terms', {})).toMatchObject({ status: 200, body: { status: 'active' } })
    expect(await isIn(laptop)).toBe(true)
  })

  test('a registration a gate refuses leaves nobody behind', async () => {
    terms.state.refused = true
    expect(await device(house).send('POST', '/auth/register', ada)).toMatchObject({
      status: 403,
      body: { code: 'registration_closed' },
    })
    expect((await house.auth.asSystem('test').users.list()).users).toEqual([])
  })

  test('a login that owes two things is taken on by each, in either order, with a ticket of its own for each step', async () => {
    terms.state.asked = false
    const { body } = await device(house).send('POST', '/auth/register', ada)
    terms.state.asked = true
    const { temporaryPassword } = await house.auth.asSystem('support').password.reset({ id: body.user.id })
    const laptop = device(house)
    const first = (await laptop.send('POST', '/auth/login', { ...ada, password: temporaryPassword })).body
    expect([...first.methods].sort()).toEqual(['password_change', 'terms'])

    const next = await laptop.send('POST', '/auth/login/password', { newPassword })
    expect(next).toMatchObject({ status: 200, body: { status: 'factor_required', methods: ['terms'] } })
    expect(next.body.loginToken).not.toBe(first.loginToken)
    expect(await isIn(laptop)).toBe(false)
    const stale = await device(house).send('POST', '/auth/terms', { loginToken: first.loginToken })
    expect(stale).toMatchObject({ status: 401, body: { code: 'login_expired' } })

    expect((await laptop.send('POST', '/auth/terms', {})).body.status).toBe('active')
    expect(await isIn(laptop)).toBe(true)
    const { entries } = await house.auth.asSystem('test').audit.list({ action: 'identity.auth.login.success' })
    expect(entries).toMatchObject([{ userId: body.user.id, actor: { kind: 'user' } }])
  })

  test('the other way round, the password of the first step is still known at the last', async () => {
    terms.state.asked = false
    const { body } = await device(house).send('POST', '/auth/register', ada)
    terms.state.asked = true
    const { temporaryPassword } = await house.auth.asSystem('support').password.reset({ id: body.user.id })
    const laptop = device(house)
    await laptop.send('POST', '/auth/login', { ...ada, password: temporaryPassword })
    expect((await laptop.send('POST', '/auth/terms', {})).body).toMatchObject({
      status: 'factor_required',
      methods: ['password_change'],
    })
    expect((await laptop.send('POST', '/auth/login/password', { newPassword })).body.status).toBe('active')
    expect(await isIn(laptop)).toBe(true)
  })

  test('PW-01: beforeLogin is asked about people who may log in, and is told who they are', async () => {
    terms.state.asked = false
    const { body } = await device(house).send('POST', '/auth/register', ada)
    const logIn = (password: string) => device(house).send('POST', '/auth/login', { ...ada, password })
    await logIn('a wrong guess')
    expect(asked).toEqual([])
    expect((await logIn(ada.password)).status).toBe(200)
    expect(asked).toEqual([{ email: ada.email, role: 'user' }])
    await house.auth.asSystem('test').users.disable({ id: body.user.id, reason: 'test' })
    expect((await logIn(ada.password)).body.code).toBe('invalid_credentials')
    expect(asked).toHaveLength(1)
  })
})
