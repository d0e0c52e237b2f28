/**
 * What differs between engines, as a table. Code takes a row; it never asks for a name.
 *
 * @module
 */
import { type RawBuilder, sql } from 'kysely'

/** Column types a migration may use. */
export interface ColumnTypes {
  readonly text: 'text'
  readonly integer: 'integer' | 'bigint'
  /** An instant with millisecond precision. */
  readonly instant: 'integer' | 'timestamptz'
  readonly json: 'text' | 'jsonb'
}

/** One engine. */
export interface Engine {
  readonly name: 'sqlite' | 'postgres'
  readonly types: ColumnTypes
  /** The next number of the change sequence; numbers only grow, gaps are allowed. */
  readonly nextChange: RawBuilder<number>
}

/** Every engine we run on. */
export const engines = {
  sqlite: {
    name: 'sqlite',
    types: { text: 'text', integer: 'integer', instant: 'integer', json: 'text' },
    // One writer at a time (BEGIN IMMEDIATE) makes max + 1 a sequence.
    nextChange: sql<number>`(select coalesce(max(seq), 0) + 1 from change)`,
  },
  postgres: {
    name: 'postgres',
    types: { text: 'text', integer: 'bigint', instant: 'timestamptz', json: 'jsonb' },
    nextChange: sql<number>`nextval('change_seq')`,
  },
} as const satisfies Record<string, Engine>
