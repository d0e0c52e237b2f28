/**
 * Keywright: users, sessions, credentials and the screens around them, inside your Node app.
 *
 * @module
 */
import type { Auth } from './app/auth.ts'
import { buildAuth } from './app/build.ts'
import type { Feature } from './app/host-feature.ts'
import type { AuthOptions } from './app/options.ts'
import { realAmbient } from './kernel/ambient/ambient.ts'

export type { Auth, CallsOf, LocalCallsOf } from './app/auth.ts'
export type { AdminApi, AuthApi, LocalApi } from './app/contracts.ts'
export { type Feature, feature, type HostDeps, type HostFeatureDef } from './app/host-feature.ts'
export type { AuthOptions } from './app/options.ts'
export * from './contract.ts'
export type { AdminOptions, AdminPolicy } from './features/admin/index.ts'
export type { VerificationMode } from './features/email/index.ts'
export type { ImpersonationOptions } from './features/impersonation/index.ts'
export { type HttpMailerOptions, httpMailer, type MailOptions, type MailTransport, type OwnMail } from './features/mail/index.ts'
export type { BreachedPasswords } from './features/password/index.ts'
export { type Fixed, fixed } from './features/settings/index.ts'
export type { TelemetryOptions } from './features/telemetry/index.ts'
export type { User } from './features/users/index.ts'
export type { Logger } from './kernel/ambient/ambient.ts'
export { BootError } from './kernel/config/boot-error.ts'
export { deny } from './kernel/contract/errors.ts'
export type { Ctx, Tx } from './kernel/ctx.ts'
export type { ColumnTypes } from './storage/engines.ts'
export type { Migration, MigrationKit } from './storage/types.ts'

/**
 * Builds the identity system. Synchronous; nothing is opened before `ready()` or the first request.
 *
 * @throws BootError for options that cannot be used, with a remedy
 * @example
 * ```ts
 * const auth = createAuth({ baseUrl: 'https://app.example.com', secret: env.SECRET, storage: sqlite('app.db') })
 * ```
 */
export function createAuth<C extends object = object, const F extends readonly Feature[] = []>(
  options: AuthOptions<C, F>,
): Auth<C, F> {
  return buildAuth(options, realAmbient(options.infra?.logger)).auth as Auth<C, F>
}
