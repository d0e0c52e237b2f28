/**
 * Session records in tables of an application, as the documentation of device-aware sessions shows them: one store in the style of a query
 * builder over SQL, one behind a generated client in memory.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import type { ISessionStore, SessionInfo } from '../../src/stores.ts'
import { openFile, whenFree } from './own-file.ts'

interface Row {
  sessionHandle: string
  userId: string
  tenantId: string | null
  createdAt: number
  expiresAt: number
  lastActiveAt: number | null
  userAgent: string | null
  ipAddress: string | null
  data: string
}

const toInfo = (row: Row): SessionInfo => ({
  sessionHandle: row.sessionHandle,
  userId: row.userId,
  createdAt: new Date(row.createdAt),
  expiresAt: new Date(row.expiresAt),
  data: JSON.parse(row.data),
  ...(row.tenantId !== null && { tenantId: row.tenantId }),
  ...(row.lastActiveAt !== null && { lastActiveAt: new Date(row.lastActiveAt) }),
  ...(row.userAgent !== null && { userAgent: row.userAgent }),
  ...(row.ipAddress !== null && { ipAddress: row.ipAddress }),
})

/** Over SQL, with everything the port offers; `path` makes it shared between processes. */
export function queryBuilderSessions(path = ':memory:'): ISessionStore {
  const db = openFile(
    path,
    `create table if not exists sessions (sessionHandle text primary key, userId text not null, tenantId text, createdAt integer not null,
    expiresAt integer not null, lastActiveAt integer, userAgent text, ipAddress text, data text not null)`,
  )
  const run = async (sql: string, ...values: unknown[]) => void (await whenFree(() => db.prepare(sql).run(...values)))
  const rows = (where: string, ...values: unknown[]) =>
    (db.prepare(`select * from sessions where ${where}`).all(...values) as Row[]).map(toInfo)
  return {
    async createSession(info) {
      const sessionHandle = randomUUID()
      await run(
        'insert into sessions values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        sessionHandle,
        info.userId,
        info.tenantId ?? null,
        info.createdAt.getTime(),
        info.expiresAt.getTime(),
        info.lastActiveAt?.getTime() ?? null,
        info.userAgent ?? null,
        info.ipAddress ?? null,
        JSON.stringify(info.data ?? {}),
      )
      return { sessionHandle, ...info }
    },
    getSession: async (sessionHandle) => rows('sessionHandle = ?', sessionHandle)[0] ?? null,
    getSessionsForUser: async (userId) => rows('userId = ?', userId),
    async updateSessionLastActive(sessionHandle) {
      await run('update sessions set lastActiveAt = ? where sessionHandle = ?', Date.now(), sessionHandle)
    },
    async revokeSession(sessionHandle) {
      await run('delete from sessions where sessionHandle = ?', sessionHandle)
    },
    async revokeAllSessionsForUser(userId) {
      await run('delete from sessions where userId = ?', userId)
    },
    getAllSessions: async (limit, offset) => rows('true order by createdAt desc, sessionHandle limit ? offset ?', limit, offset),
    async deleteExpiredSessions() {
      await run('delete from sessions where expiresAt < ?', Date.now())
    },
  }
}

/** Behind a generated client; it has neither a list of all nor a clean-up. */
export function clientSessions(): ISessionStore {
  const session = new Map<string, SessionInfo>()
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    async createSession(info) {
      await turn()
      const created = { sessionHandle: `ses_${randomUUID()}`, ...info }
      session.set(created.sessionHandle, created)
      return created
    },
    async getSession(sessionHandle) {
      await turn()
      return session.get(sessionHandle) ?? null
    },
    async getSessionsForUser(userId) {
      await turn()
      return [...session.values()].filter((one) => one.userId === userId)
    },
    async updateSessionLastActive(sessionHandle) {
      await turn()
      const known = session.get(sessionHandle)
      if (known) session.set(sessionHandle, { ...known, lastActiveAt: new Date() })
    },
    async revokeSession(sessionHandle) {
      await turn()
      session.delete(sessionHandle)
    },
    async revokeAllSessionsForUser(userId) {
      await turn()
      for (const one of session.values()) if (one.userId === userId) session.delete(one.sessionHandle)
    },
  }
}
