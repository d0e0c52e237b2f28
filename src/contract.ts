/**
 * The definition language: declare endpoints, errors and events once and share them between server and browser.
 *
 * @module
 */
export type { Access, Active, Demands, Evidence, Impersonation, PendingLogin } from './kernel/contract/access.ts'
export type { Call, Calls, Codes, Handlers, Input, Output, Result } from './kernel/contract/call.ts'
export type { Duration } from './kernel/contract/duration.ts'
export { type Contract, contract, type EndpointDef, endpoint } from './kernel/contract/endpoint.ts'
export { AuthError, defineErrors, type ErrorDef, isAuthError } from './kernel/contract/errors.ts'
// Whole, because an application merges its own events into `EventCatalogue`, and only a star carries a merge through.
export * from './kernel/contract/event.ts'
export type { FieldIssue } from './kernel/contract/issues.ts'
export { instant, jsonObject, pageQuery, text } from './kernel/contract/schema.ts'
