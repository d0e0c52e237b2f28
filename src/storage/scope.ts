/**
 * The wall between tenants: every statement built from `tables(ctx)` is confined to the caller's pool and tenant.
 *
 * Invariant: a scoped table is never read, joined, changed or written without equality on its `pool_id` or `tenant_id` (OWASP ASVS 5.0
 * V8.4.1). What cannot be confined is refused: undeclared tables, raw statements, raw sources and raw subqueries, right and full joins.
 * Not here: what a feature does with `everything()`; that is for cleanup jobs, which see all tenants.
 *
 * @module
 */
import {
  AliasNode,
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  type ColumnUpdateNode,
  type DeleteQueryNode,
  IdentifierNode,
  type InsertQueryNode,
  type JoinNode,
  type KyselyPlugin,
  ListNode,
  type MergeQueryNode,
  OnNode,
  type OperationNode,
  OperationNodeTransformer,
  OperatorNode,
  ParensNode,
  PrimitiveValueListNode,
  type QueryId,
  type RawNode,
  ReferenceNode,
  type RootOperationNode,
  SelectQueryNode,
  TableNode,
  type UpdateQueryNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
  WhereNode,
  type WithNode,
} from 'kysely'
import type { Ctx } from '../kernel/ctx.ts'
import type { TableDefs } from './types.ts'

/** The pool and tenant a caller acts in. */
export type ScopeOf = Pick<Ctx, 'poolId' | 'tenantId'>

/** Makes the plugin that confines statements over `tables` to one caller. */
export function createScope(tables: TableDefs): (of: ScopeOf) => KyselyPlugin {
  const transformer = new ScopeTransformer(tables)
  return (of) => ({
    transformQuery: ({ node, queryId }) => transformer.confine(node, of, queryId),
    transformResult: async ({ result }) => result,
  })
}

/** A column of a table under the name it has in the statement, and the value it must have. */
interface Bound {
  readonly source: string
  readonly column: 'pool_id' | 'tenant_id'
  readonly value: string
}

const confinable: readonly string[] = ['SelectQueryNode', 'InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode']

class ScopeTransformer extends OperationNodeTransformer {
  readonly #tables: TableDefs
  #of: ScopeOf = { poolId: '', tenantId: '' }
  #ctes: string[] = []

  constructor(tables: TableDefs) {
    super()
    this.#tables = tables
  }

  /** Statements are transformed in one go, without waiting, so one transformer serves all callers. */
  confine(node: RootOperationNode, of: ScopeOf, queryId: QueryId): RootOperationNode {
    if (!confinable.includes(node.kind)) refuse('a raw statement or a change of schema')
    this.#of = of
    try {
      return this.transformNode(node, queryId)
    } finally {
      this.#ctes = []
      this.nodeStack.length = 0 // a refusal half-way leaves nodes behind
    }
  }

  protected override transformSelectQuery(node: SelectQueryNode, queryId?: QueryId): SelectQueryNode {
    return this.#withCtes(node.with, () => this.#confined(super.transformSelectQuery(node, queryId), node.from?.froms ?? []))
  }

  protected override transformUpdateQuery(node: UpdateQueryNode, queryId?: QueryId): UpdateQueryNode {
    const targets = node.table ? [node.table] : []
    for (const bound of this.#boundsOf(targets)) refuseMove(node.updates, bound)
    return this.#withCtes(node.with, () =>
      this.#confined(super.transformUpdateQuery(node, queryId), [...targets, ...(node.from?.froms ?? [])]),
    )
  }

  protected override transformDeleteQuery(node: DeleteQueryNode, queryId?: QueryId): DeleteQueryNode {
    return this.#withCtes(node.with, () =>
      this.#confined(super.transformDeleteQuery(node, queryId), [...node.from.froms, ...(node.using?.tables ?? [])]),
    )
  }

  protected override transformInsertQuery(node: InsertQueryNode, queryId?: QueryId): InsertQueryNode {
    if (!node.into || node.replace || node.ignore || node.orAction || node.onDuplicateKey)
      refuse('an insert that is not plain or "on conflict"')
    const [bound] = this.#boundsOf([node.into])
    return this.#withCtes(node.with, () => {
      const insert = super.transformInsertQuery(node, queryId)
      return bound ? filled(insert, bound) : insert
    })
  }

  protected override transformMergeQuery(_node: MergeQueryNode): MergeQueryNode {
    return refuse('a merge')
  }

  protected override transformRaw(node: RawNode, queryId?: QueryId): RawNode {
    if (node.sqlFragments.some((fragment) => /\bselect\b/i.test(fragment))) refuse('a raw subquery')
    return super.transformRaw(node, queryId)
  }

  /** Names of common table expressions stand for statements that are confined themselves. */
  #withCtes<T>(withNode: WithNode | undefined, run: () => T): T {
    const names = (withNode?.expressions ?? []).map(({ name }) => name.table.table.identifier.name)
    const shadowed = names.find((name) => Object.hasOwn(this.#tables, name))
    if (shadowed !== undefined) refuse(`a common table expression named like the table ${shadowed}`)
    const outer = this.#ctes
    this.#ctes = [...outer, ...names]
    const result = run()
    this.#ctes = outer
    return result
  }

  #confined<T extends { readonly where?: WhereNode; readonly joins?: readonly JoinNode[] }>(
    query: T,
    sources: readonly OperationNode[],
  ): T {
    const bounds = this.#boundsOf(sources)
    const joins = query.joins?.map((join) => {
      const joined = this.#boundsOf([join.table])
      if (joined.length === 0) return join
      if (join.joinType === 'LeftJoin' || join.joinType === 'LateralLeftJoin')
        return { ...join, on: OnNode.create(all(joined, join.on?.on)) }
      if (!filteredByWhere.has(join.joinType)) return refuse(`a ${join.joinType} of the scoped table ${joined[0]?.source}`)
      bounds.push(...joined)
      return join
    })
    return {
      ...query,
      ...(joins && { joins }),
      ...(bounds.length > 0 && { where: WhereNode.create(all(bounds, query.where?.where)) }),
    }
  }

  /** What the given sources of a statement must be bound to; refuses a source that cannot be judged. */
  #boundsOf(sources: readonly OperationNode[]): Bound[] {
    return sources.flatMap((source) => {
      if (ListNode.is(source)) return this.#boundsOf(source.items)
      if (TableNode.is(source)) return this.#boundOf(source, source.table.identifier.name)
      if (!AliasNode.is(source)) return refuse('a raw source')
      if (SelectQueryNode.is(source.node)) return [] // confined by itself
      if (!TableNode.is(source.node) || !IdentifierNode.is(source.alias)) return refuse('a raw source')
      return this.#boundOf(source.node, source.alias.name)
    })
  }

  #boundOf({ table }: TableNode, source: string): Bound[] {
    const { name } = table.identifier
    if (table.schema) refuse(`the table ${table.schema.name}.${name} of another schema`)
    if (this.#ctes.includes(name)) return []
    const def = Object.hasOwn(this.#tables, name) ? this.#tables[name] : undefined
    if (!def) return refuse(`the table ${name}, which no feature declares`)
    if (def.scope === 'pool') return [{ source, column: 'pool_id', value: this.#of.poolId }]
    if (def.scope === 'tenant') return [{ source, column: 'tenant_id', value: this.#of.tenantId }]
    return []
  }
}

/** Joins whose rows all pass through the `where` of the statement. */
const filteredByWhere = new Set<string>(['InnerJoin', 'CrossJoin', 'LateralInnerJoin', 'LateralCrossJoin'])

/** All bounds, and what was asked for in brackets: a raw `a or b` must not escape. */
function all(bounds: readonly Bound[], asked: OperationNode | undefined): OperationNode {
  const equalities = bounds.map(({ source, column, value }) =>
    BinaryOperationNode.create(
      ReferenceNode.create(ColumnNode.create(column), TableNode.create(source)),
      OperatorNode.create('='),
      ValueNode.create(value),
    ),
  )
  const nodes: OperationNode[] = asked ? [...equalities, ParensNode.create(asked)] : equalities
  return nodes.reduce((left, right) => AndNode.create(left, right))
}

function filled(insert: InsertQueryNode, bound: Bound): InsertQueryNode {
  if (!insert.values || !ValuesNode.is(insert.values))
    return refuse(`an insert without values into the scoped table ${bound.source}`)
  const columns = insert.columns ?? []
  const given = columns.findIndex((column) => column.column.name === bound.column)
  const rows = insert.values.values.map((row) => {
    const values = PrimitiveValueListNode.is(row) ? row.values.map((value) => ValueNode.create(value)) : row.values
    if (given === -1) return ValueListNode.create([...values, ValueNode.create(bound.value)])
    const own = values[given]
    if (!own || !ValueNode.is(own) || own.value !== bound.value) refuse(`a row with a foreign ${bound.column}`)
    return row
  })
  const { onConflict } = insert
  refuseMove(onConflict?.updates, bound)
  return {
    ...insert,
    columns: given === -1 ? [...columns, ColumnNode.create(bound.column)] : columns,
    values: ValuesNode.create(rows),
    // The row in conflict may be another tenant's, when the key it conflicts on does not carry the tenant.
    ...(onConflict?.updates && {
      onConflict: { ...onConflict, updateWhere: WhereNode.create(all([bound], onConflict.updateWhere?.where)) },
    }),
  }
}

function refuseMove(updates: readonly ColumnUpdateNode[] | undefined, { column }: Bound): void {
  for (const { column: target } of updates ?? []) {
    const name = ReferenceNode.is(target) ? target.column : target
    if (ColumnNode.is(name) && name.column.name === column) refuse(`an update of ${column}`)
  }
}

function refuse(what: string): never {
  throw new Error(`tables(ctx) cannot confine ${what} to the caller's pool and tenant`)
}
