/**
 * The one table of rate limits. An endpoint names a row; the limiter applies it per address, per subject and over all.
 *
 * `shared` rows are counted in the database, so that several processes count as one; the others are counted in memory.
 * A subject is what the endpoint's input names (an identifier, a refresh family) or, failing that, the logged-in user.
 *
 * @module
 */

/** At most `limit` requests in `per` milliseconds. */
export interface Limit {
  readonly limit: number
  readonly per: number
}

/** One row: any of the three counts may be absent. */
export interface LimitRow {
  readonly address?: Limit
  readonly subject?: Limit
  readonly overall?: Limit
  readonly shared: boolean
}

const minute = 60_000
const hour = 60 * minute

/** OWASP ASVS 5.0 V6.3.1, NIST SP 800-63B-4 §3.2.2. */
export const limitTable = {
  login: { address: { limit: 30, per: 5 * minute }, shared: true },
  /** The panel's door: few people use it, and it opens much. */
  adminLogin: { address: { limit: 10, per: 5 * minute }, shared: true },
  register: {
    address: { limit: 10, per: hour },
    subject: { limit: 3, per: hour },
    overall: { limit: 50, per: minute },
    shared: true,
  },
  /** What makes a mail go out; how many one address gets is counted where they are sent. */
  mail: { address: { limit: 10, per: hour }, overall: { limit: 200, per: minute }, shared: true },
  refresh: { address: { limit: 60, per: minute }, subject: { limit: 30, per: minute }, shared: true },
  /** What keeps a process busy for whoever asks. */
  advice: { address: { limit: 60, per: minute }, overall: { limit: 600, per: minute }, shared: false },
  /** What people write with each call. */
  track: { address: { limit: 300, per: minute }, subject: { limit: 120, per: minute }, shared: false },
  /** What operators do: a panel asks much, and colleagues share an address. */
  operators: { address: { limit: 1200, per: minute }, subject: { limit: 600, per: minute }, shared: false },
  default: { address: { limit: 300, per: minute }, subject: { limit: 600, per: minute }, shared: false },
} as const satisfies Record<string, LimitRow>

/** A row of {@link limitTable}. */
export type LimitClass = keyof typeof limitTable
