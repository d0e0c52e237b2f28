/**
 * The calls Secure Auth documents, in their order, with only the package renamed. What the documents leave open is bound by the test.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { AuthService, type AuthTokens, type User } from 'keywright/secure-auth'
import { MySessionStore } from './my-session-store.ts'

export function createService(): AuthService {
  // biome-ignore lint/style/noNonNullAssertion: as documented
  const privateKey = readFileSync(process.env.JWT_PRIVATE_KEY!, 'utf8')
  // biome-ignore lint/style/noNonNullAssertion: as documented
  const publicKey = readFileSync(process.env.JWT_PUBLIC_KEY!, 'utf8')
  const sessionStore = new MySessionStore()
  const authService = new AuthService(privateKey, publicKey, sessionStore)
  return authService
}

export async function register(authService: AuthService) {
  const newUser = await authService.registerUser({
    login: 'user@example.com',
    password: 'securepassword',
  })
  return newUser
}

export async function login(authService: AuthService, user: User, password: string): Promise<AuthTokens> {
  const tokens = await authService.login(user, password)
  return tokens
}

export async function validate(authService: AuthService, accessToken: string) {
  const user = await authService.validateSession(accessToken)
  return user // { userId, sessionId }
}

export async function logout(authService: AuthService, sessionId: string): Promise<void> {
  await authService.logout(sessionId)
}
