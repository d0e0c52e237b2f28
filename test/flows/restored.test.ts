import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { engines } from '../engines.ts'
import { type Device, device } from './browser.ts'
import { houseOn, storageAt } from './house.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }

describe.each(engines.filter(({ name }) => name === 'sqlite-file'))('a database restored from a dump on $name', ({ open }) => {
  test('knows what it knew then; once its sessions are emptied nobody is logged in, and everybody can log in', async () => {
    const engine = await open()
    const dump = `${engine.location}.dump`
    const before = houseOn(engine.storage)
    const [left, refreshed, kept] = [device(before), device(before), device(before)]
    await left.send('POST', '/auth/register', ada)
    for (const other of [refreshed, kept]) await other.send('POST', '/auth/login', ada)
    const cookies = (from: Device) => [...from.jar]
    const ended = cookies(left)
    await sql`vacuum into ${sql.lit(dump)}`.execute(before.database.everything())
    expect((await left.send('POST', '/auth/logout', {})).status).toBe(204)
    expect((await refreshed.send('POST', '/auth/refresh', {})).status).toBe(200)
    await before.auth.close()

    const after = houseOn(storageAt(dump))
    const me = async (jar: [string, string][]) => {
      const browser = device(after)
      for (const [name, value] of jar) browser.jar.set(name, value)
      return (await browser.send('GET', '/auth/me')).status
    }
    expect(await Promise.all([ended, cookies(refreshed), cookies(kept)].map(me))).toEqual([200, 401, 200])
    await after.auth.close()

    const emptied = houseOn(storageAt(dump))
    for (const table of ['session_state', 'session']) {
      await sql`delete from ${sql.table(table)}`.execute(emptied.database.everything())
    }
    const anew = device(emptied)
    for (const [name, value] of cookies(kept)) anew.jar.set(name, value)
    expect((await anew.send('GET', '/auth/me')).status).toBe(401)
    expect((await anew.send('POST', '/auth/refresh', {})).status).toBe(401)
    expect((await anew.send('POST', '/auth/login', ada)).status).toBe(200)
    await emptied.auth.close()
    await engine.cleanup()
  })
})
