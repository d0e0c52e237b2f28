/**
 * Makes rows look the same on every engine: instants are `Date`s, JSON columns are values.
 *
 * Instants are columns named `at` or ending in `_at`, and plain aliases of them; an alias of an expression over instants ends in `_at` too.
 * JSON columns are those the statement's tables declare, and plain aliases of them.
 *
 * @module
 */
import {
  AliasNode,
  ColumnNode,
  type ColumnUpdateNode,
  IdentifierNode,
  type InsertQueryNode,
  type KyselyPlugin,
  type OperationNode,
  OperationNodeTransformer,
  PrimitiveValueListNode,
  type QueryId,
  ReferenceNode,
  type RootOperationNode,
  TableNode,
  type UpdateQueryNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
} from 'kysely'
import type { Engine } from './engines.ts'
import { jsonText } from './parameters.ts'
import type { TableDefs } from './types.ts'

/** Whether a column of this name holds instants. */
export const isInstantName = (column: string): boolean => column === 'at' || column.endsWith('_at')

/** Columns of one statement's rows that have to be turned into values. */
interface Decoding {
  readonly json: ReadonlySet<string>
  readonly instants: ReadonlySet<string>
}

const byNameOnly: Decoding = { json: new Set(), instants: new Set() }
const coded: readonly string[] = ['SelectQueryNode', 'InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode']

/** Makes the plugin that encodes JSON columns on the way in, and decodes rows of an engine that stores primitives. */
export function codecPlugin(tables: TableDefs, { storesPrimitives }: Pick<Engine, 'storesPrimitives'>): KyselyPlugin {
  const encoder = new Encoder(tables)
  const decodings = new WeakMap<QueryId, Decoding>()
  return {
    transformQuery({ node, queryId }) {
      if (!coded.includes(node.kind)) return node
      if (!storesPrimitives && node.kind === 'SelectQueryNode') return node
      const { encoded, decoding } = encoder.encode(node, queryId)
      if (storesPrimitives) decodings.set(queryId, decoding)
      return encoded
    },
    async transformResult({ result, queryId }) {
      if (!storesPrimitives) return result
      const decoding = decodings.get(queryId) ?? byNameOnly
      return { ...result, rows: result.rows.map((row) => decode(row, decoding)) }
    },
  }
}

function decode(row: Record<string, unknown>, { json, instants }: Decoding): Record<string, unknown> {
  const decoded = { ...row }
  for (const [column, value] of Object.entries(row)) {
    if (typeof value === 'number' && (isInstantName(column) || instants.has(column))) decoded[column] = new Date(value)
    else if (typeof value === 'string' && json.has(column)) decoded[column] = JSON.parse(value)
  }
  return decoded
}

/** Statements are encoded in one go, without waiting, so one encoder serves all. */
class Encoder extends OperationNodeTransformer {
  readonly #json: ReadonlyMap<string, readonly string[]>
  #target: readonly string[] = []
  #found = { json: new Set<string>(), instants: new Set<string>() }
  #aliases: { readonly column: string; readonly alias: string }[] = []

  constructor(tables: TableDefs) {
    super()
    this.#json = new Map(Object.entries(tables).map(([name, { json = [] }]) => [name, json]))
  }

  encode(node: RootOperationNode, queryId: QueryId): { encoded: RootOperationNode; decoding: Decoding } {
    this.#found = { json: new Set(), instants: new Set() }
    this.#aliases = []
    try {
      const encoded = this.transformNode(node, queryId)
      for (const { column, alias } of this.#aliases) {
        if (isInstantName(column)) this.#found.instants.add(alias)
        if (this.#found.json.has(column)) this.#found.json.add(alias)
      }
      return { encoded, decoding: this.#found }
    } finally {
      this.#target = []
      this.nodeStack.length = 0 // a refusal half-way leaves nodes behind
    }
  }

  protected override transformTable(node: TableNode, queryId?: QueryId): TableNode {
    for (const column of this.#jsonOf(node)) this.#found.json.add(column)
    return super.transformTable(node, queryId)
  }

  protected override transformAlias(node: AliasNode, queryId?: QueryId): AliasNode {
    const column = columnName(node.node)
    if (column !== undefined && IdentifierNode.is(node.alias)) this.#aliases.push({ column, alias: node.alias.name })
    return super.transformAlias(node, queryId)
  }

  protected override transformInsertQuery(node: InsertQueryNode, queryId?: QueryId): InsertQueryNode {
    return this.#into(node.into, () => {
      const insert = super.transformInsertQuery(node, queryId)
      const columns = (insert.columns ?? []).map(({ column }) => this.#target.includes(column.name))
      if (!columns.includes(true) || !insert.values || !ValuesNode.is(insert.values)) return insert
      const rows = insert.values.values.map((row) => {
        const values = PrimitiveValueListNode.is(row) ? row.values.map((value) => ValueNode.create(value)) : row.values
        return ValueListNode.create(values.map((value, index) => (columns[index] ? asText(value) : value)))
      })
      return { ...insert, values: ValuesNode.create(rows) }
    })
  }

  protected override transformUpdateQuery(node: UpdateQueryNode, queryId?: QueryId): UpdateQueryNode {
    return this.#into(node.table, () => super.transformUpdateQuery(node, queryId))
  }

  protected override transformColumnUpdate(node: ColumnUpdateNode, queryId?: QueryId): ColumnUpdateNode {
    const update = super.transformColumnUpdate(node, queryId)
    const column = columnName(node.column)
    return column !== undefined && this.#target.includes(column) ? { ...update, value: asText(update.value) } : update
  }

  #into<T>(target: OperationNode | undefined, run: () => T): T {
    const outer = this.#target
    this.#target = this.#jsonOf(target)
    const result = run()
    this.#target = outer
    return result
  }

  #jsonOf(node: OperationNode | undefined): readonly string[] {
    if (node && AliasNode.is(node)) return this.#jsonOf(node.node)
    return node && TableNode.is(node) ? (this.#json.get(node.table.identifier.name) ?? []) : []
  }
}

const asText = (value: OperationNode): OperationNode => (ValueNode.is(value) ? ValueNode.create(jsonText(value.value)) : value)

function columnName(node: OperationNode): string | undefined {
  const column = ReferenceNode.is(node) ? node.column : node
  return ColumnNode.is(column) ? column.column.name : undefined
}
