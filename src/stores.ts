/**
 * The ports an application may implement: its own tables, under our rules. The `I` says "yours to write".
 *
 * Invariant: what decides whether somebody is let in (`tokenVersion`, disabled, factors, credential families, evidence) never leaves our
 * tables; a store of the application says who exists and which sessions it knows of.
 *
 * Each port has a conformance suite in `keywright/testing`; run it against your store before you ship it.
 *
 * @module
 */
export { type SqlKv, sqlKv } from './app/sql-kv.ts'

import { usersErrors } from './features/users/index.ts'
import { AuthError } from './kernel/contract/errors.ts'

export type { IQueueAdapter } from './features/jobs/index.ts'
export {
  type EmailMessage,
  type IEmailProvider,
  type ITemplateStore,
  MailRefused,
  type MailTemplate,
  type UiTranslation,
} from './features/mail/index.ts'
export type { IPasswordStore } from './features/password/index.ts'
export type { ISessionStore, SessionInfo } from './features/sessions/index.ts'
export type { ITelemetryStore, TelemetryEvent, TelemetryFilter } from './features/telemetry/index.ts'
export type { IUserStore, Maybe, UserChange, UserRecord } from './features/users/index.ts'
export type { Limit } from './kernel/contract/limits.ts'
export type { LimitStore, LimitVerdict } from './kernel/http/limits.ts'
export { type IKvStore, type MemoryKv, memoryKv } from './storage/kv.ts'

/**
 * What {@link IUserStore.create} and `update` throw for an identifier that somebody has.
 *
 * @example
 * ```ts
 * function readable(error: { code?: string }) {
 *   return error.code === '23505' ? identifierTaken(error) : error
 * }
 * ```
 */
export const identifierTaken = (cause?: unknown): AuthError => new AuthError(usersErrors.identifier_taken, { cause })
