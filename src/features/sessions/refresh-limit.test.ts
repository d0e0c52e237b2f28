import { expect, test } from 'vitest'
import { type Device, device } from '../../../test/flows/browser.ts'
import { houseOn } from '../../../test/flows/house.ts'
import { sqlite } from '../../sqlite.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }

test.each(['cookie', 'bearer'])(
  'one refresh family is limited whatever address its %s is shown from, and no other family pays for it',
  async (delivery) => {
    const house = houseOn(sqlite(':memory:'), { http: { limits: {} } })
    const headers = delivery === 'bearer' ? { 'x-auth-strategy': 'bearer' } : {}
    const tokens = new Map<Device, string>()
    const refresh = async (of: Device, ip: string) => {
      const shown = device(house, ip)
      for (const [name, value] of of.jar) shown.jar.set(name, value)
      const answer = await shown.send(
        'POST',
        '/auth/refresh',
        delivery === 'bearer' ? { refreshToken: tokens.get(of) } : {},
        headers,
      )
      for (const [name, value] of shown.jar) of.jar.set(name, value)
      if (answer.body.refreshToken) tokens.set(of, answer.body.refreshToken)
      return answer
    }
    const [mine, other] = [device(house), device(house)]
    for (const [index, one] of [mine, other].entries()) {
      const { body } = await one.send('POST', '/auth/register', { ...ada, email: `user-${index}@example.com` }, headers)
      if (delivery === 'bearer') tokens.set(one, body.refreshToken)
    }

    for (let index = 0; index < 30; index += 1) expect((await refresh(mine, `192.0.2.${index}`)).status).toBe(200)
    expect(await refresh(mine, '198.51.100.1')).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect((await refresh(other, '198.51.100.1')).status).toBe(200)
    house.advance(2_000)
    expect((await refresh(mine, '198.51.100.2')).status).toBe(200)
    await house.auth.close()
  },
)
