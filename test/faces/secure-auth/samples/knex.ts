/** As much of Knex as the sample store uses, over tables in memory whose first column is the primary key. */

type Row = Readonly<Record<string, string>>

/** Tables by name, rows by primary key; what a test looks into. */
export const tables = new Map<string, Map<string, Row>>()

const matches = (row: Row, condition: Row) => Object.entries(condition).every(([column, value]) => row[column] === value)

/** Opens the database. */
export default function knex(_options: { readonly client: 'pg'; readonly connection: string | undefined }) {
  return (name: string) => {
    const table = tables.get(name) ?? new Map<string, Row>()
    tables.set(name, table)
    return {
      async insert(row: Row): Promise<void> {
        const key = Object.values(row)[0] ?? ''
        if (table.has(key)) throw new Error(`duplicate key value violates unique constraint "${name}_pkey"`)
        table.set(key, row)
      },
      where(condition: Row) {
        const found = () => [...table].filter(([, row]) => matches(row, condition))
        return {
          first: async (): Promise<Row | undefined> => found()[0]?.[1],
          async del(): Promise<number> {
            const keys = found().map(([key]) => key)
            for (const key of keys) table.delete(key)
            return keys.length
          },
        }
      },
    }
  }
}
