import type { SessionStore } from 'keywright/secure-auth'
import { PrismaClient } from './prisma-client.ts'

const prisma = new PrismaClient()

export class PrismaSessionStore implements SessionStore {
  async saveSession(sessionId: string, userId: string): Promise<boolean> {
    await prisma.session.create({ data: { sessionId, userId } })
    return true
  }
  async isSessionValid(sessionId: string): Promise<boolean> {
    const session = await prisma.session.findUnique({ where: { sessionId } })
    return !!session
  }
  async deleteSession(sessionId: string): Promise<boolean> {
    await prisma.session.delete({ where: { sessionId } })
    return true
  }
}
