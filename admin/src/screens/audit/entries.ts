/**
 * Entries of the audit log: one by its id, the newest as they come, and what changed in one.
 *
 * @module
 */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '../../data/api.ts'
import type { Asked } from '../../data/use-list.ts'

export type AuditEntry = Awaited<ReturnType<typeof api.audit.list>>['entries'][number]

export const entryQuery = (id: string) => ({
  queryKey: ['audit', 'one', id],
  queryFn: () => api.audit.get({ id }),
})

/** At most so many that came while somebody watched. */
const longest = 500

/** What came after the newest of a list, asked for every three seconds: all of it, however much that is, as far as {@link longest}. */
export function useTail(asked: Asked, newest: string | undefined, isOn: boolean): readonly AuditEntry[] {
  const queries = useQueryClient()
  const queryKey = ['audit', 'tail', asked, newest]
  const { data } = useQuery({
    queryKey,
    enabled: isOn,
    refetchInterval: 3_000,
    async queryFn() {
      const had = queries.getQueryData<readonly AuditEntry[]>(queryKey) ?? []
      const after = had[0]?.id ?? newest
      const fresh: AuditEntry[] = []
      let cursor: string | null | undefined
      while (cursor !== null && fresh.length < longest) {
        const page = await api.audit.list({
          ...asked,
          limit: 100,
          ...(after !== undefined && { after }),
          ...(cursor && { cursor }),
        })
        fresh.push(...page.entries)
        cursor = page.nextCursor
      }
      return merged(fresh, had).slice(0, longest)
    },
  })
  return isOn ? (data ?? []) : []
}

/** Newest first, each once: an entry may be answered twice. */
export function merged(...lists: readonly (readonly AuditEntry[])[]): readonly AuditEntry[] {
  const byId = new Map(lists.flat().map((entry) => [entry.id, entry]))
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
}

/** A field that is not the same before and after; `undefined` where it was not, or is no more. */
export interface Difference {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** What differs between two values, field by field, objects within objects too. */
export function differences(before: unknown, after: unknown, path = ''): readonly Difference[] {
  if (isObject(before) || isObject(after)) {
    if ((isObject(before) || before == null) && (isObject(after) || after == null)) {
      const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
      return [...names].flatMap((name) =>
        differences(own(before, name), own(after, name), path === '' ? name : `${path}.${name}`),
      )
    }
  }
  return isSame(before, after) ? [] : [{ field: path, before, after }]
}

const own = (value: unknown, name: string): unknown => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined)
