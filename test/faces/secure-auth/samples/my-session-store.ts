import type { SessionStore } from 'keywright/secure-auth'
import knex from './knex.ts'

const db = knex({ client: 'pg', connection: process.env.DATABASE_URL })

export class MySessionStore implements SessionStore {
  async saveSession(sessionId: string, userId: string): Promise<boolean> {
    await db('sessions').insert({ session_id: sessionId, user_id: userId })
    return true
  }
  async isSessionValid(sessionId: string): Promise<boolean> {
    const session = await db('sessions').where({ session_id: sessionId }).first()
    return !!session
  }
  async deleteSession(sessionId: string): Promise<boolean> {
    await db('sessions').where({ session_id: sessionId }).del()
    return true
  }
}
