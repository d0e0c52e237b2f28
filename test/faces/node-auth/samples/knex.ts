/**
 * As much of Knex as the sample store uses, over real tables of SQLite. As there, an instant goes in as milliseconds and comes out as a number.
 *
 * @module
 */
import Database from 'libsql'

type Value = string | number | null
type Columns = Readonly<Record<string, unknown>>

const connection = new Database(':memory:')
/** The columns the sample store names, and those of what it is handed: no others. */
connection.exec(`create table sessions (
  sessionHandle text primary key, userId text not null, createdAt integer not null, expiresAt integer not null,
  lastActiveAt integer, userAgent text, ipAddress text)`)

const toValue = (value: unknown): Value => (value instanceof Date ? value.getTime() : ((value ?? null) as Value))

class Query {
  readonly #table: string
  readonly #conditions: { readonly text: string; readonly value: Value }[] = []

  constructor(table: string) {
    this.#table = table
  }

  where(column: Columns | string, operator?: '<', value?: unknown): this {
    if (typeof column === 'string') this.#conditions.push({ text: `"${column}" ${operator} ?`, value: toValue(value) })
    else
      for (const [name, wanted] of Object.entries(column))
        this.#conditions.push({ text: `"${name}" = ?`, value: toValue(wanted) })
    return this
  }

  async insert(row: Columns): Promise<void> {
    const names = Object.keys(row).map((name) => `"${name}"`)
    const sql = `insert into ${this.#table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`
    connection.prepare(sql).run(...Object.values(row).map(toValue))
  }

  async update(row: Columns): Promise<number> {
    const names = Object.keys(row).map((name) => `"${name}" = ?`)
    return this.#run(`update ${this.#table} set ${names.join(', ')}`, Object.values(row).map(toValue))
  }

  async delete(): Promise<number> {
    return this.#run(`delete from ${this.#table}`, [])
  }

  // biome-ignore lint/suspicious/noExplicitAny: as Knex types a row it knows nothing of
  async first(): Promise<any> {
    return this.#rows()[0]
  }

  // biome-ignore lint/suspicious/noThenProperty lint/suspicious/noExplicitAny: a query of Knex is awaited itself
  then<T>(resolve: (rows: any[]) => T): Promise<T> {
    return Promise.resolve().then(() => resolve(this.#rows()))
  }

  #run(sql: string, values: readonly Value[]): number {
    return connection.prepare(sql + this.#filter()).run(...values, ...this.#values()).changes
  }

  #rows(): unknown[] {
    return connection.prepare(`select * from ${this.#table}${this.#filter()}`).all(...this.#values())
  }

  #filter = () => (this.#conditions.length === 0 ? '' : ` where ${this.#conditions.map(({ text }) => text).join(' and ')}`)
  #values = () => this.#conditions.map(({ value }) => value)
}

/** The database of the application. */
export const db = (table: 'sessions'): Query => new Query(table)
