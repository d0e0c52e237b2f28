/**
 * better-auth as its documentation sets it up: email and password, its own tables made by its own migrations, no secondary storage.
 *
 * SQLite goes through Kysely's dialect over libsql, the driver that needs no compiler and that we use too; PostgreSQL through a `pg` pool.
 *
 * @module
 */
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { SqliteDialect } from 'kysely'
import Database from 'libsql'
import pg from 'pg'

const person = { name: 'Ada', email: 'ada@example.com', password: 'violet harbour lamp 42' }

/**
 * Opens it on an empty database and logs somebody in.
 *
 * @param {{ location: string, origin: string, secret: string, cacheSeconds?: number }} of a file or a `postgres:` URL; with
 *   `cacheSeconds`, answers come from its cookie cache for that long
 * @returns {Promise<{ cookie: string, getSession(headers: Headers): Promise<unknown>, close(): Promise<void> }>}
 */
export async function openPeer({ location, origin, secret, cacheSeconds }) {
  const { database, close } = location.startsWith('postgres') ? onPostgres(location) : onSqlite(location)
  const options = {
    database,
    secret,
    baseURL: origin,
    emailAndPassword: { enabled: true },
    ...(cacheSeconds !== undefined && { session: { cookieCache: { enabled: true, maxAge: cacheSeconds } } }),
  }
  await (await getMigrations(options)).runMigrations()
  const auth = betterAuth(options)
  await auth.api.signUpEmail({ body: person })
  const answer = await auth.api.signInEmail({ body: person, asResponse: true })
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
  return { cookie, getSession: (headers) => auth.api.getSession({ headers }), close }
}

function onPostgres(connectionString) {
  const database = new pg.Pool({ connectionString })
  return { database, close: () => database.end() }
}

function onSqlite(path) {
  const handle = new Database(path)
  handle.exec('pragma journal_mode = wal') // as ours; readers of the default journal lock the file each time
  return {
    database: { dialect: new SqliteDialect({ database: handle }), type: 'sqlite' },
    close: async () => void handle.close(),
  }
}
