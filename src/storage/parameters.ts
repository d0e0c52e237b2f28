/**
 * What may be bound to a statement, judged before any driver sees it.
 *
 * Invariant: every engine stores the same value, or none does. Text with NUL is refused (libsql cuts it on read, PostgreSQL rejects it), and
 * so is half a surrogate pair, which drivers replace silently (OWASP ASVS 5.0 V1.1.1). libsql aborts the process on a bound boolean, so
 * booleans are 0 and 1 everywhere.
 *
 * @module
 */
import { AuthError, kernelErrors } from '../kernel/contract/errors.ts'

/** A value any engine can store, before it is put into the engine's own form. */
type Storable = string | number | bigint | null | Date | Uint8Array

/**
 * Refuses text that engines would store differently.
 *
 * @throws validation_failed
 */
export function assertStorableText(text: string): void {
  if (text.includes('\0') || /\p{Surrogate}/u.test(text)) refuseText()
}

/** NUL or half a surrogate pair as `JSON.stringify` escapes them; an escaped backslash before the `u` is plain text. */
const unsafeEscape = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/

/**
 * A JSON column's value as text.
 *
 * @throws validation_failed when a text inside it could not be stored by every engine
 */
export function jsonText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  const text = JSON.stringify(value)
  if (unsafeEscape.test(text)) refuseText()
  return text
}

/** A parameter as SQLite takes it: instants as epoch milliseconds, bytes as `Buffer`; anything else is refused. */
export function sqliteParameter(value: unknown): string | number | bigint | null | Buffer {
  const checked = checkScalar(value)
  if (checked instanceof Date) return checked.getTime()
  if (checked instanceof Uint8Array) return Buffer.from(checked.buffer, checked.byteOffset, checked.byteLength)
  if (checked === undefined) throw new TypeError(`A ${typeof value} cannot be bound to a statement`)
  return checked
}

/** A parameter as `pg` takes it. Arrays and what else `pg` knows are its own business. */
export function postgresParameter(value: unknown): unknown {
  const checked = checkScalar(value)
  return checked === undefined ? value : checked
}

/** The checks both engines share; `undefined` for what is no scalar. */
function checkScalar(value: unknown): Storable | undefined {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') {
    assertStorableText(value)
    return value
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('A number that is not finite cannot be bound to a statement')
    return value
  }
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw new TypeError('An integer beyond 64 bits cannot be bound to a statement')
    return value
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new TypeError('An invalid Date cannot be bound to a statement')
    return value
  }
  return value instanceof Uint8Array ? value : undefined
}

function refuseText(): never {
  throw new AuthError(kernelErrors.validation_failed, { detail: 'Text must not contain NUL or half a surrogate pair.' })
}
