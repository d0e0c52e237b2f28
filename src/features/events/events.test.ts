import { describe, expect, test } from 'vitest'
import { engines } from '../../../test/engines.ts'
import { device } from '../../../test/flows/browser.ts'
import { houseOn } from '../../../test/flows/house.ts'
import type { Hooks } from '../feature.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }

describe.each(engines)('code of the application inside the transaction on $name', ({ open }) => {
  async function housed(inTransaction: NonNullable<Hooks['inTransaction']>) {
    const engine = await open()
    const house = houseOn(engine.storage, { hooks: { inTransaction } })
    const names = async (table: 'outbox' | 'audit_entry') => {
      const rows = await house.database
        .everything<Record<typeof table, Record<string, string>>>()
        .selectFrom(table)
        .selectAll()
        .execute()
      return rows.map((row) => row.event ?? row.action).sort()
    }
    async function close() {
      await house.auth.close()
      await engine.cleanup()
    }
    return { house, names, close, users: async () => (await house.auth.asSystem('test').users.list()).users.length }
  }

  test('what a hook emits is kept, audited, delivered, and heard by hooks like everything else', async () => {
    const { house, names, close } = await housed({
      'identity.user.created': async (event, tx) => tx.emit('identity.user.enabled', { userId: event.userId ?? '', data: {} }),
      'identity.user.enabled': async (_event, tx) => tx.emit('identity.auth.logout', { data: { everywhere: false } }),
    })
    const heard: string[] = []
    house.auth.on('*', (event) => void heard.push(event.event))
    await device(house).send('POST', '/auth/register', ada)
    await house.background.settled()

    const fromHooks = ['identity.auth.logout', 'identity.user.enabled']
    expect(await names('outbox')).toEqual(expect.arrayContaining(fromHooks))
    expect(await names('audit_entry')).toEqual(expect.arrayContaining(fromHooks))
    expect(heard.toSorted()).toEqual(await names('outbox'))
    await close()
  })

  test('hooks that answer one another without end are refused, and nothing is written', async () => {
    const { house, names, close, users } = await housed({
      'identity.user.created': async (_event, tx) => tx.emit('identity.user.enabled', { data: {} }),
      'identity.user.enabled': async (_event, tx) => tx.emit('identity.user.enabled', { data: {} }),
    })

    expect((await device(house).send('POST', '/auth/register', ada)).status).toBe(500)
    expect(await users()).toBe(0)
    expect(await names('outbox')).not.toContain('identity.user.created')
    await close()
  })

  test('a hook that catches its own failed statement does not turn a rollback into a success', async () => {
    const { house, close, users } = await housed({
      'identity.user.created': async (_event, tx) => void (await tx.query`insert into nowhere values (1)`.catch(() => {})),
    })

    expect((await device(house).send('POST', '/auth/register', ada)).status).toBe(500)
    expect(await users()).toBe(0)
    await close()
  })
})
