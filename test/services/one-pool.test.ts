import type pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { postgres } from '../../src/postgres.ts'
import type { IPasswordStore } from '../../src/stores.ts'
import { engines } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { poolOf } from '../postgres.ts'

const password = 'correct horse battery'

const hashesOver = (pool: pg.Pool): IPasswordStore => ({
  async find(userId) {
    return (await pool.query('select hash from credential where user_id = $1', [userId])).rows[0]?.hash
  },
  async set(userId, hash, ifCurrent) {
    const upsert = 'insert into credential values ($1, $2) on conflict (user_id) do update set hash = excluded.hash'
    if (ifCurrent === undefined) return (await pool.query(upsert, [userId, hash])).rowCount === 1
    const guarded = 'update credential set hash = $2 where user_id = $1 and hash is not distinct from $3'
    return (await pool.query(guarded, [userId, hash, ifCurrent])).rowCount === 1
  },
})

describe.each(engines.filter(({ name }) => name === 'postgres'))(
  'hashes of the application over the pool that ours use, on $name',
  ({ open }) => {
    test('16 who register and log in at once all get in: no request holds a connection while it waits for another', async () => {
      const engine = await open()
      // One is kept for listening.
      const pool = poolOf(engine.location, { max: 3 })
      const house = houseOn(postgres(pool), { stores: { passwords: hashesOver(pool) } })
      onTestFinished(async () => {
        await house.auth.close()
        await pool.end()
        await engine.cleanup()
      })
      await pool.query('create table credential (user_id text primary key, hash text)')
      const everybody = Array.from({ length: 16 }, (_, i) => ({ email: `user-${i}@example.com`, password }))
      const asked = (path: string) =>
        Promise.all(
          everybody.map((who, i) =>
            device(house, `192.0.2.${i}`)
              .send('POST', path, who)
              .then(({ status }) => status),
          ),
        )
      expect(await asked('/auth/register')).toEqual(Array(16).fill(201))
      expect(await asked('/auth/login')).toEqual(Array(16).fill(200))
    })
  },
)
