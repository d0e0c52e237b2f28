import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { EventDef } from '../../kernel/contract/event.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { EmittedEvent, EventSink } from '../../storage/types.ts'
import type { UserData } from '../feature.ts'
import type { AuditEntryRow, AuditPage, AuditStore } from './store.sql.ts'

/** Which entries are asked for, as the wire has it. */
type AuditQuery = Omit<AuditPage, 'order' | 'from' | 'to' | 'beneath'> & {
  readonly [K in 'since' | 'from' | 'to']?: string | undefined
}

interface AuditDeps {
  readonly store: AuditStore
  catalogue(): Readonly<Record<string, EventDef>>
}

/** Keeps the audit log: one row per event that its declaration calls an audit row, in the same transaction. */
export function createAudit({ store, catalogue }: AuditDeps) {
  async function record(tx: Tx, events: readonly EmittedEvent[]): Promise<void> {
    const audited = events.filter((event) => catalogue()[event.name]?.audit)
    await store(tx).insert(audited.map(toRow))
  }

  async function list(ctx: Ctx, { since, from, to, after, action, ...page }: AuditQuery) {
    const begins = [since, from].flatMap((text) => (text === undefined ? [] : [Date.parse(text)]))
    const { rows, nextCursor } = await store(ctx).list({
      ...page,
      ...(action !== undefined && askedAs(action)),
      order: since === undefined ? 'desc' : 'asc',
      from: begins.length > 0 ? new Date(Math.max(...begins)) : undefined,
      to: to === undefined ? undefined : new Date(to),
      after,
    })
    return { entries: rows.map(toEntry), nextCursor }
  }

  /** A name of an event, or what names begin with, written as listeners write it too. */
  const askedAs = (action: string) =>
    Object.hasOwn(catalogue(), action) ? { action } : { beneath: action.endsWith('.*') ? action.slice(0, -2) : action }

  /** @throws not_found */
  async function get(ctx: Ctx, id: string) {
    const row = await store(ctx).find(id)
    if (!row) throw new AuthError(kernelErrors.not_found)
    return toEntry(row)
  }

  async function mine(ctx: Ctx, userId: string, page: Pick<AuditPage, 'limit' | 'cursor'>) {
    const { rows, nextCursor } = await store(ctx).list({ ...page, order: 'desc', userId })
    return { entries: rows.map((row) => toShortEntry(row, userId)), nextCursor }
  }

  const userData: UserData = {
    name: 'audit',
    export: async (ctx, { userId }) => ({ entries: (await store(ctx).about(userId)).map((row) => toOwnEntry(row, userId)) }),
    async erase(tx, { userId }) {
      await store(tx).forgetContents(tx, userId)
      await store(tx).forgetWhence(tx, userId)
    },
  }

  return { list, get, mine, userData, sink: { record, committed: () => {} } satisfies EventSink }
}

function toRow({ id, name, ctx, body }: EmittedEvent): AuditEntryRow {
  return {
    id,
    occurred_at: ctx.at,
    actor_kind: ctx.actor.kind,
    actor_id: ctx.actor.id,
    on_behalf_of: ctx.actor.onBehalfOf ?? null,
    action: name,
    target: body.audit?.target ?? body.sessionId ?? body.userId ?? null,
    user_id: body.userId ?? null,
    data: ctx.reason === undefined ? body.data : { reason: ctx.reason, ...body.data },
    before: body.audit?.before ?? null,
    after: body.audit?.after ?? null,
    ip: ctx.from?.ip ?? null,
    correlation_id: ctx.from?.correlationId ?? null,
  }
}

/** An entry as the user it is about may see it: where an operator was is not theirs to know. */
function toOwnEntry(row: AuditEntryRow, userId: string) {
  const isOperator = row.actor_kind === 'user' && row.actor_id !== userId
  return { ...toEntry(row), ...(isOperator && { ip: null }) }
}

/** The same in a line of a list. */
function toShortEntry(row: AuditEntryRow, userId: string) {
  const { id, at, action, ip } = toOwnEntry(row, userId)
  const device = row.action === 'identity.session.created' ? (row.data as { device?: string }).device : undefined
  return { id, at, action, by: callerOf(row, userId), ip, device: device ?? null }
}

function callerOf({ actor_kind, actor_id }: AuditEntryRow, userId: string): 'you' | 'somebody' | 'operator' | 'system' {
  if (actor_kind === 'anonymous') return 'somebody'
  if (actor_kind !== 'user') return 'system'
  return actor_id === userId ? 'you' : 'operator'
}

const toEntry = (row: AuditEntryRow) => ({
  id: row.id,
  at: row.occurred_at,
  actor: { kind: row.actor_kind, id: row.actor_id, ...(row.on_behalf_of !== null && { onBehalfOf: row.on_behalf_of }) },
  action: row.action,
  target: row.target,
  userId: row.user_id,
  data: row.data as never,
  before: row.before as never,
  after: row.after as never,
  ip: row.ip,
  correlationId: row.correlation_id,
})
