/**
 * What must be true of a database after any fault, as questions whose right answer is no row at all.
 *
 * I1 (what was answered is there) and I2 (nothing is accepted twice) are asked over HTTP, by `promises.ts` and by the experiments; I6 and
 * I8 wait for tenants and deliveries.
 *
 * @module
 */
import { sql } from 'kysely'
import { createKeyRing } from '../../src/kernel/crypto/key-ring.ts'
import type { Database } from '../../src/storage/types.ts'
import { ask } from './postgres.ts'

/** One invariant: a name, and a statement that finds what violates it. */
interface Invariant {
  readonly name: string
  readonly violations: string
}

/** Instants as an engine has them in a statement. */
interface Instants {
  readonly now: string
  readonly anHourAgo: string
}
const ofPostgres: Instants = { now: 'now()', anHourAgo: "now() - interval '1 hour'" }

const invariantsAt = ({ now, anHourAgo }: Instants): readonly Invariant[] => {
  const living = `select * from session_state where revoked_at is null and expires_at > ${now}`
  return [
    {
      name: 'I3: a refresh family has at most one live head, and a session is a record and a state or neither',
      violations: `select 'head ' || current_digest as what from (${living}) s group by current_digest having count(*) > 1
        union all select 'state without record ' || session_handle from (${living}) s
          where not exists (select 1 from session r where r.session_handle = s.session_handle)
        union all select 'record without state ' || session_handle from session r
          where not exists (select 1 from (${living}) s where r.session_handle = s.session_handle)`,
    },
    {
      name: 'I4: one user per canonical address, and every user is whole',
      violations: `select 'address ' || lower(value) as what from user_identifier group by pool_id, kind, lower(value) having count(*) > 1
        union all select 'address of nobody ' || value from user_identifier i
          where not exists (select 1 from user_profile u where u.pool_id = i.pool_id and u.id = i.user_id)
        union all select 'half a user ' || id from user_profile u
          where not exists (select 1 from user_identifier i where i.pool_id = u.pool_id and i.user_id = u.id)
             or not exists (select 1 from password p where p.pool_id = u.pool_id and p.user_id = u.id)
        union all select 'password of nobody ' || user_id from password p
          where not exists (select 1 from user_profile u where u.pool_id = p.pool_id and u.id = p.user_id)
        union all select 'intent left behind ' || user_id from user_intent where declared_at < ${anHourAgo}`,
    },
    {
      name: 'I5: no session of a disabled, missing or re-passworded user',
      violations: `select 'session of nobody ' || session_handle as what from (${living}) s
          where not exists (select 1 from user_profile u where u.id = s.user_id)
        union all select 'session of a disabled user ' || session_handle from (${living}) s
          join user_state u on u.user_id = s.user_id where u.disabled_at is not null
        union all select 'sessions before the new password of ' || s.user_id from (${living}) s
          join password p on p.user_id = s.user_id
          join session r on r.session_handle = s.session_handle
          where r.created_at < p.changed_at group by s.user_id having count(*) > 1`,
    },
    {
      name: 'I7: each change has its event in the outbox, once',
      violations: `select 'user without event ' || id as what from user_profile u
          where (select count(*) from outbox o where o.event = 'identity.user.created' and o.user_id = u.id) <> 1
        union all select 'event without user ' || o.user_id from outbox o where o.event = 'identity.user.created'
          and not exists (select 1 from user_profile u where u.id = o.user_id)
        union all select 'session without event ' || session_handle from session s
          where (select count(*) from outbox o where o.event = 'identity.session.created' and o.session_id = s.session_handle) <> 1
        union all select 'ended session without event ' || session_handle from session_state s where s.revoked_at is not null
          and (select count(*) from outbox o where o.event = 'identity.session.revoked' and o.session_id = s.session_handle) <> 1`,
    },
    {
      name: 'I10: the audit log has one row for each audited event, and none besides',
      violations: `select 'entry without event ' || id as what from audit_entry a
          where not exists (select 1 from outbox o where o.id = a.id and o.event = a.action)
        union all select 'event without entry ' || id from outbox o where o.event in ('identity.user.created', 'identity.session.revoked')
          and not exists (select 1 from audit_entry a where a.id = o.id)`,
    },
  ]
}

/** What the run knows that the database must not show. */
export interface Known {
  /** The house's secrets, newest first. */
  readonly secrets: readonly string[]
  /** Passwords and tokens that were used; empty: that is not asked this time. */
  readonly canaries?: readonly string[]
}

/** Asks everything of a database. @returns what violates an invariant */
export async function violationsIn(url: string, { secrets, canaries = [] }: Known): Promise<string[]> {
  const there: Asking = (statement) => ask<Found>(url, statement)
  return [
    ...(await violationsOf(there, ofPostgres)),
    ...(await sealedForNobody(there, secrets)),
    ...(await readable(url, [...secrets, ...canaries])),
  ]
}

/** As {@link violationsIn} of a database file in which it is `at`, but for I9. */
export async function violationsInFile({ everything }: Pick<Database, 'everything'>, secrets: readonly string[], at: Date) {
  const there: Asking = async (statement) => (await sql.raw<Found>(statement).execute(everything())).rows
  const instants = { now: String(at.getTime()), anHourAgo: String(at.getTime() - 3_600_000) }
  return [...(await violationsOf(there, instants)), ...(await sealedForNobody(there, secrets))]
}

/** What the statements here find: each of them some of it. */
interface Found {
  readonly what: string
  readonly kid: string
  readonly sealed: string
}
type Asking = (statement: string) => Promise<readonly Found[]>

async function violationsOf(there: Asking, instants: Instants): Promise<string[]> {
  const found = await Promise.all(
    invariantsAt(instants).map(async ({ name, violations }) => {
      const rows = await there(violations)
      return rows.map(({ what }) => `${name}: ${what}`)
    }),
  )
  return found.flat()
}

/** I12: every ciphertext decrypts. */
async function sealedForNobody(there: Asking, secrets: readonly string[]): Promise<string[]> {
  const ring = createKeyRing(secrets)
  const keys = await there('select kid, sealed_private_jwk as sealed from signing_key')
  return keys
    .filter(({ kid, sealed }) => !ring.open('signing-key', kid, sealed))
    .map(({ kid }) => `I12: key ${kid} does not open`)
}

/** I9: no secret stands in clear in any table. */
async function readable(url: string, canaries: readonly string[]): Promise<string[]> {
  const tables = await ask<{ name: string }>(
    url,
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const statement = `select count(*)::int as hits from "${name}" t where exists (select from unnest($1::text[]) c where position(c in t::text) > 0)`
    const [row] = await ask<{ hits: number }>(url, statement, [canaries])
    if (row && row.hits > 0) found.push(`I9: ${row.hits} rows of ${name} show a secret`)
  }
  return found
}

/** I9, of what a process has logged. */
export const readableIn = (log: string, canaries: readonly string[]): string[] =>
  canaries.some((canary) => log.includes(canary)) ? ['I9: a log shows a secret'] : []
