/**
 * How values of PostgreSQL are read, whatever the application has told its `pg`.
 *
 * Invariant: the types our columns have are read in one way. `pg` keeps its parsers in one table for the whole process, and hosts change it
 * (dates as text, bigints as BigInt). A type that no column of ours has is read as the application likes it.
 *
 * @module
 */

/** Turns the text of a value into the value. */
export type ParseText = (text: string) => unknown

/** What rows of one client are read with. */
export interface TypeParsers {
  getTypeParser(oid: number, format?: string): ParseText
}

/** A number, or the text when a number cannot hold it (never one of ours). */
const integer: ParseText = (text) => {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : text
}

/** `2030-01-01 12:00:00.123+00`, with minutes in the offset or without; `infinity` stays text. */
const instant: ParseText = (text) => {
  const date = new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))
  return Number.isNaN(date.getTime()) ? text : date
}

const json: ParseText = (text) => JSON.parse(text)
const boolean: ParseText = (text) => text === 't'
const asText: ParseText = (text) => text

/** By OID (`pg_type.dat`): bool, int8, int2, int4, text, json, varchar, timestamptz, jsonb. */
const ours: ReadonlyMap<number, ParseText> = new Map([
  [16, boolean],
  [20, integer],
  [21, integer],
  [23, integer],
  [25, asText],
  [114, json],
  [1043, asText],
  [1184, instant],
  [3802, json],
])

/** The parsers of our types before those of the client. */
export const typesOver = (client: { getTypeParser?(oid: number, format?: string): ParseText }): TypeParsers => ({
  getTypeParser: (oid, format) => ours.get(oid) ?? client.getTypeParser?.(oid, format) ?? asText,
})
