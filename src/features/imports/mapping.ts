/**
 * From the cells of a row to a person who could be created, or why they could not.
 *
 * @module
 */
import { z } from 'zod'
import { jsonObject, languageTag, text } from '../../kernel/contract/schema.ts'
import { parseJson } from '../../kernel/http/body.ts'
import type { Identifier } from '../users/index.ts'
import { type Field, importFields, namingFields } from './contract.ts'

/** A person out of a file. */
export interface Person {
  readonly identifiers: readonly Identifier[]
  /** Whether their address is proved, as the file says. */
  readonly emailVerified?: boolean
  readonly firstName?: string
  readonly lastName?: string
  readonly locale?: string
  readonly role?: string
  readonly passwordHash?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Why a row is refused, and by which field. */
export interface Refusal {
  readonly code: string
  readonly field?: string
}

/** What is asked of the rest of the house. */
export interface Judges {
  parse(typed: string): Identifier | undefined
  isOperatorRole(role: string): boolean
  readsHash(encoded: string): boolean
}

const own: readonly string[] = importFields
const naming: readonly string[] = namingFields

/** Which field a column is; without a mapping it is the one it is called like. */
export function fieldOf(column: string, mapping: Readonly<Record<string, Field>> | undefined): Field | undefined {
  if (mapping) return Object.hasOwn(mapping, column) ? mapping[column] : undefined
  const isMetadata = /^metadata\.(?!(?:__proto__|constructor|prototype)$).{1,128}$/.test(column)
  return own.includes(column) || isMetadata ? (column as Field) : undefined
}

/** Whether somebody can be known by a field. */
export const isNaming = (field: Field | undefined): boolean => naming.includes(field ?? '')

const plain = { firstName: text(100), lastName: text(100), locale: languageTag(), role: text(64) }
const yes = /^(?:true|1|yes|y)$/i
const no = /^(?:false|0|no|n)$/i

class Refused extends Error {
  readonly refusal: Refusal

  constructor(code: string, field?: string) {
    super(code)
    this.refusal = { code, ...(field !== undefined && { field }) }
  }
}

/** Reads a row. */
export function personOf(fields: ReadonlyMap<Field, unknown>, judges: Judges): { person: Person } | { refusal: Refusal } {
  try {
    return { person: read(fields, judges) }
  } catch (error) {
    if (error instanceof Refused) return { refusal: error.refusal }
    throw error
  }
}

function read(fields: ReadonlyMap<Field, unknown>, judges: Judges): Person {
  const textOf = (field: Field): string | undefined => {
    const value = fields.get(field)
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value === 'object') throw new Refused('invalid', field)
    return String(value)
  }
  const identifiers = identifiersIn(textOf, judges)
  const short = Object.entries(plain).flatMap(([field, schema]) => {
    const value = textOf(field as keyof typeof plain)?.trim()
    if (value === undefined || value === '') return []
    const parsed = schema.safeParse(value)
    if (!parsed.success) throw new Refused('invalid', field)
    return [[field, parsed.data]]
  })
  const { role, ...names }: Partial<Record<keyof typeof plain, string>> = Object.fromEntries(short)
  if (role !== undefined && judges.isOperatorRole(role)) throw new Refused('operator_role', 'role')
  const passwordHash = textOf('passwordHash')
  if (passwordHash !== undefined && !judges.readsHash(passwordHash)) throw new Refused('password_hash_unknown', 'passwordHash')
  const metadata = metadataIn(fields)
  return {
    identifiers,
    ...names,
    ...(verifiedIn(textOf('emailVerified')) && { emailVerified: true }),
    ...(role !== undefined && { role }),
    ...(passwordHash !== undefined && { passwordHash }),
    ...(metadata && { metadata }),
  }
}

const mostSent = 254

/**
 * Whom a row that was refused is about: a name as it would be known by, so that it is forgotten with them, or else what was sent. What is no address
 * may be a password or a hash in the wrong column, of which a beginning is enough to find the row.
 */
export function sentIn(fields: ReadonlyMap<Field, unknown>, { parse }: Judges): string | null {
  const values = namingFields.map((field) => fields.get(field))
  const [sent = ''] = values.filter((value) => typeof value === 'string' && value.trim() !== '').map(String)
  if (sent === '' || sent.includes('$')) return null
  const text = sent.trim().slice(0, mostSent).replaceAll(/\p{C}/gu, ' ')
  return parse(sent)?.value ?? (text.includes('@') ? text : `${text.slice(0, 2)}…`)
}

function identifiersIn(textOf: (field: Field) => string | undefined, { parse }: Judges): readonly Identifier[] {
  const found = namingFields.flatMap((field) => {
    const typed = textOf(field)
    if (typed === undefined) return []
    const identifier = parse(typed)
    if (!identifier || (field !== 'identifier' && identifier.kind !== field)) throw new Refused('identifier_invalid', field)
    return identifier
  })
  const byKind = new Map(found.map((one) => [one.kind, one]))
  if (byKind.size === 0) throw new Refused('identifier_missing')
  if (found.some(({ kind, value }) => byKind.get(kind)?.value !== value)) throw new Refused('identifier_twice')
  return [...byKind.values()]
}

function verifiedIn(typed: string | undefined): boolean {
  if (typed === undefined || no.test(typed.trim())) return false
  if (yes.test(typed.trim()) || z.iso.datetime({ offset: true }).safeParse(typed.trim()).success) return true
  throw new Refused('invalid', 'emailVerified')
}

function metadataIn(fields: ReadonlyMap<Field, unknown>): Readonly<Record<string, unknown>> | undefined {
  const entries = [...fields].flatMap(([field, value]): [string, unknown][] => {
    if (value === '' || value === undefined || value === null) return []
    if (field === 'metadata') return Object.entries(objectIn(value))
    return field.startsWith('metadata.') ? [[field.slice('metadata.'.length), value]] : []
  })
  if (entries.length === 0) return undefined
  const metadata = jsonObject().safeParse(Object.fromEntries(entries))
  if (!metadata.success) throw new Refused('invalid', 'metadata')
  return metadata.data
}

/** An object, or one as JSON in a cell. */
function objectIn(value: unknown): object {
  try {
    const found = typeof value === 'string' ? parseJson(value) : value
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found
  } catch {
    // said below
  }
  throw new Refused('invalid', 'metadata')
}
