import type { Express } from 'express'
import type { AuthService, User } from 'keywright/secure-auth'

export function createApp(
  authService: Pick<AuthService, 'login'>,
  db: { query(sql: string, values: readonly unknown[]): Promise<User | undefined> },
): Express
