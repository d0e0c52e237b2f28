/** As much of Prisma's client as the sample store uses: `create` and `delete` throw where Prisma's do. */

interface Session {
  readonly sessionId: string
  readonly userId: string
}

/** The rows by primary key; what a test looks into. */
export const sessions = new Map<string, Session>()

class KnownRequestError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export class PrismaClient {
  readonly session = {
    async create({ data }: { readonly data: Session }): Promise<Session> {
      if (sessions.has(data.sessionId))
        throw new KnownRequestError('P2002', 'Unique constraint failed on the fields: (`sessionId`)')
      sessions.set(data.sessionId, data)
      return data
    },
    async findUnique({ where }: { readonly where: Pick<Session, 'sessionId'> }): Promise<Session | null> {
      return sessions.get(where.sessionId) ?? null
    },
    async delete({ where }: { readonly where: Pick<Session, 'sessionId'> }): Promise<Session> {
      const found = sessions.get(where.sessionId)
      if (!found) throw new KnownRequestError('P2025', 'Record to delete does not exist.')
      sessions.delete(where.sessionId)
      return found
    },
  }
}
