/**
 * The session store of node-auth's documentation, as it stands there with the package renamed. `db` is bound to tables of SQLite.
 *
 * @module
 */
import type { ISessionStore, SessionInfo } from 'keywright/node-auth'
import { db } from './knex.ts'

export class MySessionStore implements ISessionStore {
  async createSession(info: Omit<SessionInfo, 'sessionHandle'>): Promise<SessionInfo> {
    const sessionHandle = crypto.randomUUID()
    await db('sessions').insert({ sessionHandle, ...info })
    return { sessionHandle, ...info }
  }

  async getSession(sessionHandle: string): Promise<SessionInfo | null> {
    return db('sessions').where({ sessionHandle }).first() ?? null
  }

  async getSessionsForUser(userId: string): Promise<SessionInfo[]> {
    return db('sessions').where({ userId })
  }

  async updateSessionLastActive(sessionHandle: string): Promise<void> {
    await db('sessions').where({ sessionHandle }).update({ lastActiveAt: new Date() })
  }

  async revokeSession(sessionHandle: string): Promise<void> {
    await db('sessions').where({ sessionHandle }).delete()
  }

  async revokeAllSessionsForUser(userId: string): Promise<void> {
    await db('sessions').where({ userId }).delete()
  }

  async deleteExpiredSessions(): Promise<void> {
    await db('sessions').where('expiresAt', '<', new Date()).delete()
  }
}
