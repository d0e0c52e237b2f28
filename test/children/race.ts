/**
 * A second process on a test's database: says `ready`, waits for a line on its standard input, runs the job it was started for, and prints
 * the result as JSON. Started by `test/second-process.ts`.
 *
 * @module
 */
import { once } from 'node:events'
import { postgres } from '../../src/postgres.ts'
import { sqlite } from '../../src/sqlite.ts'
import { consumeOne } from '../../src/storage/ops.ts'
import { sqlLimitStore } from '../../src/storage/sql-limit-store.ts'
import { callerOf, noon, note, openNotes } from '../notes.ts'

const [location = '', job = '', name = ''] = process.argv.slice(2)
const sixteen = Array.from({ length: 16 }, (_, index) => index)
const { database, of } = openNotes(location.startsWith('postgres') ? postgres(location) : sqlite(location))

const jobs: Record<string, () => Promise<unknown>> = {
  /** How many of 16 callers got the one row. */
  async consume() {
    const got = await Promise.all(sixteen.map(() => consumeOne(of(callerOf('race')).deleteFrom('note').where('id', '=', 'once'))))
    return got.filter(Boolean).length
  },
  /** How many of 16 takes passed a limit of 10. */
  async take() {
    const store = sqlLimitStore(database)
    const verdicts = await Promise.all(sixteen.map(() => store.take('race', { limit: 10, per: 60_000 }, noon)))
    return verdicts.filter(({ allowed }) => allowed).length
  },
  /** Writes 100 rows, each after reading, each in a transaction of its own. */
  async write() {
    for (let index = 0; index < 100; index++) {
      await database.transaction(callerOf('write'), async (tx) => {
        const { count } = await of(tx)
          .selectFrom('note')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
        await of(tx)
          .insertInto('note')
          .values(note(`${name}-${index}`, { tags: count }))
          .execute()
      })
    }
    return 100
  },
}

await database.ping()
process.stdout.write('ready\n')
await once(process.stdin, 'data')
process.stdin.destroy()
process.stdout.write(`${JSON.stringify(await jobs[job]?.())}\n`)
await database.close()
