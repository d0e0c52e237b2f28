import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Device, device } from './browser.ts'
import { houseOn } from './house.ts'
import { houses } from './houses.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const bearer = { 'x-auth-strategy': 'bearer' }

/** Holds whoever comes until the test lets them go, one after the other. */
function turnstile() {
  const waiting: (() => void)[] = []
  const arrivals: (() => void)[] = []
  let isShut = false
  return {
    shut: () => {
      isShut = true
    },
    pass: (): Promise<void> | undefined => {
      if (!isShut) return undefined
      return new Promise((resolve) => {
        waiting.push(resolve)
        arrivals.shift()?.()
      })
    },
    /** Somebody has come who was not there before. */
    arrival: () => new Promise<void>((resolve) => arrivals.push(resolve)),
    letGo: () => waiting.shift()?.(),
  }
}

/** A refresh works claims out after it has read the session and before it writes: that is where it is held. */
describe.each(houses)('every order of a refresh and an end of its session on $name', ({ open }) => {
  let gate: ReturnType<typeof turnstile>
  let house: ReturnType<typeof houseOn>
  let phone: Device
  let first: { accessToken: string; refreshToken: string }
  const said: string[] = []
  let cleanup: () => Promise<void>
  beforeEach(async () => {
    const engine = await open()
    gate = turnstile()
    cleanup = engine.cleanup
    house = houseOn(engine.storage, {
      stores: engine.stores,
      sessions: {
        async buildTokenPayload() {
          await gate.pass()
          return {}
        },
      },
    })
    said.length = 0
    for (const event of ['revoked', 'rotated', 'reuse-detected'] as const)
      house.auth.on(`identity.session.${event}`, () => void said.push(event))
    phone = device(house)
    first = (await phone.send('POST', '/auth/register', ada, bearer)).body
    gate.shut()
  })
  afterEach(async () => {
    await house.auth.close()
    await cleanup()
  })

  const refresh = () => phone.send('POST', '/auth/refresh', { refreshToken: first.refreshToken }, bearer)
  /** Begins a refresh, which has read the session and written nothing when this returns; `finish` lets it go on. */
  async function reading() {
    const held = gate.arrival()
    const answer = refresh()
    await held
    return {
      finish: () => {
        gate.letGo()
        return answer
      },
    }
  }
  const me = async (accessToken: string) =>
    (await phone.send('GET', '/auth/me', undefined, { authorization: `Bearer ${accessToken}` })).status
  const events = async () => {
    await house.background.settled()
    return said
  }

  const ends = {
    'a logout': () => phone.send('POST', '/auth/logout', { refreshToken: first.refreshToken }, bearer),
    'a logout everywhere': () =>
      phone.send('POST', '/auth/logout-all', {}, { authorization: `Bearer ${first.accessToken}`, 'x-auth-strategy': 'bearer' }),
  }

  describe.each(Object.entries(ends))('%s', (_name, of) => {
    const end = async () => expect((await of()).status).toBe(204)

    test('read, end, write: nothing is rotated, the session stays ended, and nobody is taken for a thief', async () => {
      const one = await reading()
      await end()
      expect((await one.finish()).body.code).toBe('refresh_rejected')

      expect(await me(first.accessToken)).toBe(401)
      expect(await events()).toEqual(['revoked'])
    })

    test('read, write, end: what the refresh was given has ended too', async () => {
      const one = await reading()
      const { body: next } = await one.finish()
      expect(await me(next.accessToken)).toBe(200)
      await end()

      expect(await Promise.all([first, next].map(({ accessToken }) => me(accessToken)))).toEqual([401, 401])
      for (const { refreshToken } of [first, next]) {
        const { body } = await phone.send('POST', '/auth/refresh', { refreshToken }, bearer)
        expect(body.code).toBe('refresh_rejected')
      }
      expect(await events()).toEqual(['rotated', 'revoked'])
    })

    test('both read, one writes, end, the other writes: the second gets nothing, and is taken for no thief', async () => {
      const [one, other] = [await reading(), await reading()]
      const { body: next } = await one.finish()
      await end()
      expect((await other.finish()).body.code).toBe('refresh_rejected')

      expect(await me(next.accessToken)).toBe(401)
      expect(await events()).toEqual(['rotated', 'revoked'])
    })

    test('both read, both write, end: both got the same, and it has ended', async () => {
      const [one, other] = [await reading(), await reading()]
      const [{ body: next }, { body: same }] = [await one.finish(), await other.finish()]
      expect(same.refreshToken).toBe(next.refreshToken)
      await end()

      expect(await Promise.all([next, same].map(({ accessToken }) => me(accessToken)))).toEqual([401, 401])
      expect(await events()).toEqual(['rotated', 'revoked'])
    })

    test('both read, end, both write: neither gets anything', async () => {
      const [one, other] = [await reading(), await reading()]
      await end()
      for (const { finish } of [one, other]) expect((await finish()).body.code).toBe('refresh_rejected')

      expect(await events()).toEqual(['revoked'])
    })
  })
})
