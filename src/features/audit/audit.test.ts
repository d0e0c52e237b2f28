import { describe, expect, test } from 'vitest'
import { engines } from '../../../test/engines.ts'
import { device } from '../../../test/flows/browser.ts'
import { houseOn } from '../../../test/flows/house.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }

describe.each(engines)('the audit log on $name', ({ open }) => {
  test('keeps what an event says: the reason, by whom a session was ended, and how somebody logged in', async () => {
    const engine = await open()
    const house = houseOn(engine.storage)
    const { body } = await device(house).send('POST', '/auth/register', ada)
    await device(house).send('POST', '/auth/login', ada)
    await house.auth.asSystem('fraud desk').users.disable({ id: body.user.id, reason: 'chargeback' })
    const dataOf = async (action: string) => {
      const { entries } = await house.auth.asSystem('test').audit.list({ action })
      return entries.map(({ data }) => data)
    }

    expect(await dataOf('identity.user.disabled')).toEqual([{ reason: 'chargeback' }])
    expect(await dataOf('identity.session.revoked')).toEqual([{ by: 'user_disabled' }, { by: 'user_disabled' }])
    expect(await dataOf('identity.auth.login.success')).toEqual([
      { methods: ['password'], delivery: 'cookie', knownBrowser: false },
    ])
    await house.auth.close()
    await engine.cleanup()
  })

  test('is read newest first, page by page, without a gap', async () => {
    const engine = await open()
    const house = houseOn(engine.storage)
    const { audit, users } = house.auth.asSystem('test')
    for (let index = 0; index < 5; index += 1) {
      house.advance(1000)
      await users.create({ identifier: `user-${index}@example.com` })
    }
    const read: Date[] = []
    let cursor: string | undefined
    do {
      const page = await audit.list({ limit: 2, action: 'identity.user.created', ...(cursor !== undefined && { cursor }) })
      expect(page.entries.length).toBeLessThanOrEqual(2)
      read.push(...page.entries.map(({ at }) => new Date(at)))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)

    expect(read).toHaveLength(5)
    expect(read).toEqual(read.toSorted((a, b) => b.getTime() - a.getTime()))
    await house.auth.close()
    await engine.cleanup()
  })
})
