/**
 * A list whose state is its address: search, filters, sort and page stand in the URL, so that a link shows what its sender saw.
 *
 * Invariant: pages are reached by the server's cursors, never by counting. Changing what is asked for goes back to the first page.
 *
 * @module
 */
import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate, useSearch } from '@tanstack/react-router'

/** What every list answers beside its rows. */
export interface Page {
  readonly nextCursor: string | null
  readonly total?: { readonly count: number; readonly exact: boolean } | undefined
}

export type Asked = Readonly<Record<string, string | undefined>>

export interface ListOptions<P extends Page, R> {
  /** The name under which answers are kept; `queryClient.invalidateQueries({ queryKey: [key] })` loads them again. */
  readonly key: string
  /** Names of the search parameters the list asks with, such as `q`, `status`, `sort`. */
  readonly asks: readonly string[]
  /** What is always asked, such as the user of a tab. */
  readonly fixed?: Asked | undefined
  /** The call of the client: it is given what is asked for, with `limit` and `cursor`. */
  readonly fetch: (query: never) => Promise<P>
  readonly rows: (page: P) => readonly R[]
  readonly limit?: number
  /** Reads again every so often, in milliseconds. */
  readonly every?: number
  /** Reads again whenever it is shown anew, however short ago it was read. */
  readonly anew?: boolean
}

/** Cursors of the pages before this one; it lives in the history's entry, so that it survives a reload. */
type Trail = readonly (string | null)[]

/** What a list's bar and table need of it. */
export interface List<R> {
  /** The name its views are kept under; without one, as of a list of one user, there are none. */
  readonly viewsOf: string | undefined
  readonly rows: readonly R[]
  readonly total: Page['total']
  readonly page: number
  /** What is asked for by now, without the page. */
  readonly asked: Asked
  readonly isAsking: boolean
  readonly query: UseQueryResult<Page>
  /** Asks for something else, from the first page on. `undefined` and `''` take a word away. */
  ask(words: Asked, options?: { replace?: boolean }): void
  clear(): void
  readonly next: (() => void) | undefined
  /** Without a trail, as in a link somebody sent, the page before this one is the first. */
  readonly previous: (() => void) | undefined
}

/** Reads a list as its address says. */
export function useList<P extends Page, R>(options: ListOptions<P, R>): List<R> {
  const search = useSearch({ strict: false }) as Asked
  const trail = useLocation({ select: ({ state }) => (state as { trail?: Trail }).trail }) ?? []
  const navigate = useNavigate()
  const asked = Object.fromEntries(options.asks.map((name) => [name, search[name]]).filter(([, value]) => value)) as Asked
  const { cursor } = search
  const limit = options.limit ?? 50
  const query = useQuery({
    queryKey: [options.key, 'list', { ...options.fixed, ...asked }, cursor, limit],
    queryFn: () => options.fetch({ ...options.fixed, ...asked, ...(cursor && { cursor }), limit } as never),
    placeholderData: keepPreviousData,
    ...(options.every !== undefined && { refetchInterval: options.every }),
    ...(options.anew && { staleTime: 0 }),
  })
  const go = (next: Asked, state: { trail?: Trail } = {}, replace = false) =>
    void navigate({
      to: '.',
      search: (was: Asked) => emptied({ ...was, cursor: undefined, ...next }),
      state: state as never,
      replace,
      resetScroll: false,
    } as never)
  const next = query.data?.nextCursor
  return {
    viewsOf: options.fixed === undefined && options.asks.length > 0 ? options.key : undefined,
    rows: query.data ? options.rows(query.data) : [],
    total: query.data?.total,
    page: trail.length + 1,
    asked,
    isAsking: Object.keys(asked).some((name) => name !== 'sort'),
    query,
    ask: (words: Asked, { replace = false } = {}) => go(words, {}, replace),
    clear: () => go(Object.fromEntries(options.asks.filter((name) => name !== 'sort').map((name) => [name, undefined]))),
    next: next && !query.isPlaceholderData ? () => go({ cursor: next }, { trail: [...trail, cursor ?? null] }) : undefined,
    previous: cursor ? () => go({ cursor: trail.at(-1) ?? undefined }, { trail: trail.slice(0, -1) }) : undefined,
  }
}

const emptied = (search: Asked): Asked => Object.fromEntries(Object.entries(search).filter(([, value]) => value))
