import type { SessionStore } from 'keywright/secure-auth'
import type pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { engines } from '../engines.ts'
import { openDesk, openWithAda } from '../faces/secure-auth/desk.ts'
import { poolOf } from '../postgres.ts'

/** The table as Secure Auth documents it. */
const ddl = `
  CREATE TABLE sessions (
    session_id VARCHAR(255) PRIMARY KEY,
    user_id VARCHAR(255) NOT NULL,
    created_at TIMESTAMP DEFAULT NOW(),
    expires_at TIMESTAMP
  )`

/** What the sample store for Knex sends, sent by hand: an insert that may violate the key, a select, a delete. */
const storeOn = (pool: pg.Pool): SessionStore => ({
  async saveSession(sessionId, userId) {
    await pool.query('insert into sessions (session_id, user_id) values ($1, $2)', [sessionId, userId])
    return true
  },
  async isSessionValid(sessionId) {
    return (await pool.query('select * from sessions where session_id = $1 limit 1', [sessionId])).rows.length > 0
  },
  async deleteSession(sessionId) {
    await pool.query('delete from sessions where session_id = $1', [sessionId])
    return true
  },
})

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

describe.each(engines.filter(({ name }) => name === 'postgres'))('AuthService on $name', ({ open }) => {
  async function openStore() {
    const { location, cleanup } = await open()
    const pool = poolOf(location, { max: 20 })
    closers.push(cleanup, () => pool.end())
    await pool.query(ddl)
    return { pool, store: storeOn(pool) }
  }

  test('RT-02: eight processes that spend one token at once get one successor, ten times over', async () => {
    const { store } = await openStore()
    const { login, service, clock } = await openWithAda(store)
    const desks = [service, ...Array.from({ length: 7 }, () => openDesk(store, { clock }).service)]
    for (let round = 0; round < 10; round += 1) {
      const { refreshToken, accessToken } = await login()
      const answers = await Promise.allSettled(desks.map((one) => one.refresh(refreshToken)))
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      await expect(service.validateSession(accessToken)).rejects.toThrow('Session expired or invalid.')
    }
  })

  test('a session is refreshed, logged out and gone, and the table holds what it documents', async () => {
    const { store, pool } = await openStore()
    const { login, service } = await openWithAda(store)
    const { refreshToken, sessionId } = await login()
    const next = await service.refresh(refreshToken)
    const { rows } = await pool.query('select user_id, expires_at from sessions where session_id <> $1', [sessionId])
    expect(rows).toEqual([{ user_id: 'ada', expires_at: null }])
    await service.logout(sessionId)
    await expect(service.refresh(next.refreshToken)).rejects.toThrow('Session expired or invalid.')
  })
})
