/**
 * The table of every list: rows by keyboard, selection, sorting, pages, and what stands in its place while there are none.
 *
 * Where there is little room each row folds into a card; roles are spelled out because a folded table is none to screen readers.
 *
 * @module
 */
import { Button, Checkbox, Group, Skeleton, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, type MouseEvent, type ReactNode, useRef } from 'react'
import { RowLeads } from '../data/places.ts'
import type { List } from '../data/use-list.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'
import classes from './data-table.module.css'
import { Icon } from './icon.tsx'
import { Pages } from './pages.tsx'
import { Quiet, Refused } from './states.tsx'
import { useRowFocus } from './use-row-focus.ts'

export interface Column<R> {
  readonly key: string
  readonly title: string
  readonly cell: (row: R) => ReactNode
  /** The words of `?sort=` for both directions; a column without them cannot be sorted. */
  readonly sort?: { readonly up: string; readonly down: string }
  /** Left out between the width of a tablet and that of a desk. */
  readonly wide?: boolean
  /** Never broken: it is short whatever it says. */
  readonly brief?: boolean
  /** Says little without its title, also where it stands first in a card. */
  readonly titled?: boolean
  readonly width?: string
}

/** Rows that are ticked. Make one with `useSelection`. */
export interface Selection {
  readonly ids: ReadonlySet<string>
  set(ids: ReadonlySet<string>): void
}

export interface DataTableProps<R> {
  /** What the list is of, for screen readers. */
  readonly label: string
  readonly list: List<R>
  readonly columns: readonly Column<R>[]
  readonly id: (row: R) => string
  /** What a row is called where it is spoken of. */
  readonly name: (row: R) => string
  /** Where a row leads. Its first cell should be a link to the same place; users it names are words. */
  readonly to?: (row: R) => string
  readonly selection?: Selection
  /** Buttons at the end of a row. */
  readonly actions?: (row: R) => ReactNode
  /** What can be done with the rows that are ticked. */
  readonly bulk?: (ids: readonly string[]) => ReactNode
  /** Said where nothing matches, in the place of the usual advice. */
  readonly nothing?: ReactNode
  /** In the place of rows when there are none at all. */
  readonly empty?: { readonly title: string; readonly help?: string; readonly action?: ReactNode }
}

export function DataTable<R>(props: DataTableProps<R>) {
  const { list, columns, selection, bulk, label, actions } = props
  const t = useFrameTexts()
  const body = useRef<HTMLTableSectionElement>(null)
  const { query, rows } = list
  const ids = rows.map(props.id)
  const onRowFocus = useRowFocus(body, ids)
  const ticked = selection ? ids.filter((id) => selection.ids.has(id)) : []
  if (query.isError && rows.length === 0)
    return (
      <div className={classes.frame}>
        <Refused error={query.error} retry={() => void query.refetch()} />
      </div>
    )
  return (
    <div className={classes.frame} data-stale={query.isPlaceholderData || undefined}>
      {selection && ticked.length > 0 && (
        <Group className={classes.bulk} gap="sm" role="region" aria-label={t.list.actions}>
          <Text size="sm" fw={600} role="status">
            {t.list.selected(ticked.length)}
          </Text>
          {bulk?.(ticked)}
          <Button variant="subtle" size="compact-sm" onClick={() => selection.set(new Set())}>
            {t.list.unselect}
          </Button>
        </Group>
      )}
      {query.isSuccess && rows.length === 0 ? (
        <Nothing {...props} />
      ) : (
        <table className={classes.table} role="table" aria-label={label} aria-busy={query.isFetching}>
          <thead role="rowgroup">
            <tr role="row">
              {selection && (
                <th className={classes.tick} scope="col">
                  <TickAll ids={ids} selection={selection} />
                </th>
              )}
              {columns.map((column) => (
                <Head key={column.key} column={column} list={list} isCovered={ticked.length > 0} />
              ))}
              {actions && (
                <th className={classes.end} scope="col">
                  <span className="visually-hidden">{t.list.actions}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody ref={body} role="rowgroup" onFocus={onRowFocus}>
            {query.isPending
              ? ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => (
                  <Pending key={key} cells={columns.length + (selection ? 1 : 0) + (actions ? 1 : 0)} />
                ))
              : rows.map((row, index) => <Row key={props.id(row)} row={row} isFirst={index === 0} {...props} />)}
          </tbody>
        </table>
      )}
      <Pages list={list} />
    </div>
  )
}

function Nothing<R>({ list, empty, nothing }: DataTableProps<R>) {
  const t = useFrameTexts()
  if (list.isAsking) {
    return (
      <Quiet
        icon="search"
        title={t.list.nothing}
        action={
          <Button variant="default" onClick={list.clear}>
            {t.list.clear}
          </Button>
        }
      >
        {nothing ?? (list.asked.q === undefined ? t.list.nothingHelp : t.list.nothingFoundHelp)}
      </Quiet>
    )
  }
  return (
    <Quiet icon="empty" title={empty?.title ?? t.list.empty} action={empty?.action}>
      {empty?.help}
    </Quiet>
  )
}

/** What can be done with ticked rows covers the titles: no stop of the keyboard may lie below it. */
function Head<R>({ column, list, isCovered }: { column: Column<R>; list: List<R>; isCovered: boolean }) {
  const t = useFrameTexts()
  const { title, sort } = column
  const direction =
    sort && list.asked.sort === sort.up ? 'ascending' : sort && list.asked.sort === sort.down ? 'descending' : undefined
  return (
    <th
      scope="col"
      data-wide={column.wide || undefined}
      style={column.width ? { width: column.width } : undefined}
      aria-sort={sort ? (direction ?? 'none') : undefined}
    >
      {sort ? (
        <button
          type="button"
          className={classes.sort}
          disabled={isCovered}
          onClick={() => list.ask({ sort: direction === 'descending' ? sort.up : sort.down }, { replace: true })}
        >
          {title}
          <span className={classes.arrow} data-sorted={direction}>
            <Icon name={direction === 'ascending' ? 'up' : direction ? 'down' : 'sort'} size={13} />
          </span>
          {direction && (
            <span className="visually-hidden">{direction === 'ascending' ? t.list.sortedUp : t.list.sortedDown}</span>
          )}
        </button>
      ) : (
        title
      )}
    </th>
  )
}

const isInside = (target: EventTarget, row: Element): boolean =>
  target instanceof Element && target !== row && target.closest('a, button, input, label, [role="menuitem"]') !== null

/** Arrows and j/k go from row to row; Enter opens, x ticks. */
function Row<R>(props: DataTableProps<R> & { row: R; isFirst: boolean }) {
  const { row, columns, to, selection, actions, isFirst } = props
  const t = useFrameTexts()
  const navigate = useNavigate()
  const id = props.id(row)
  const isTicked = selection?.ids.has(id) ?? false
  const open = () => to && void navigate({ to: to(row) })
  const tick = () => selection?.set(toggled(selection.ids, id))
  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>) => {
    const { currentTarget, key } = event
    if (event.target !== currentTarget && !['ArrowDown', 'ArrowUp'].includes(key)) return
    if (event.target !== currentTarget && event.target instanceof HTMLInputElement && event.target.type !== 'checkbox') return
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const step = {
      ArrowDown: 'nextElementSibling',
      j: 'nextElementSibling',
      ArrowUp: 'previousElementSibling',
      k: 'previousElementSibling',
    } as const
    const way = Object.hasOwn(step, key) ? step[key as keyof typeof step] : undefined
    if (way) (currentTarget[way] as HTMLElement | null)?.focus()
    else if (key === 'Enter') open()
    else if (key === 'x' || key === ' ') tick()
    else return
    event.preventDefault()
  }
  const onClick = (event: MouseEvent<HTMLTableRowElement>) => {
    if (!isInside(event.target, event.currentTarget) && !getSelection()?.toString()) open()
  }
  return (
    <tr
      role="row"
      tabIndex={isFirst ? 0 : -1}
      className={classes.row}
      data-opens={to ? true : undefined}
      data-ticked={isTicked || undefined}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      {selection && (
        <td role="cell" className={classes.tick}>
          <Checkbox size="xs" checked={isTicked} onChange={tick} aria-label={t.list.selectRow(props.name(row))} />
        </td>
      )}
      <RowLeads value={to !== undefined}>
        {columns.map((column) => (
          <td
            key={column.key}
            role="cell"
            data-title={column.title}
            data-titled={column.titled}
            data-brief={column.brief}
            data-wide={column.wide || undefined}
          >
            <div className={classes.value}>{column.cell(row)}</div>
          </td>
        ))}
      </RowLeads>
      {actions && (
        <td role="cell" className={classes.end}>
          <Group gap={4} justify="flex-end" wrap="nowrap">
            {actions(row)}
          </Group>
        </td>
      )}
    </tr>
  )
}

function TickAll({ ids, selection }: { ids: readonly string[]; selection: Selection }) {
  const t = useFrameTexts()
  const count = ids.filter((id) => selection.ids.has(id)).length
  const isAll = ids.length > 0 && count === ids.length
  return (
    <Checkbox
      size="xs"
      disabled={ids.length === 0}
      checked={isAll}
      indeterminate={count > 0 && !isAll}
      onChange={() => selection.set(isAll ? new Set() : new Set(ids))}
      aria-label={t.list.selectAll}
    />
  )
}

function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids)
  if (!next.delete(id)) next.add(id)
  return next
}

const Pending = ({ cells }: { cells: number }) => (
  <tr className={classes.row}>
    {Array.from({ length: cells }, (_, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: they never move
      <td key={index}>
        <Skeleton h={14} my={4} w={`${85 - ((index * 23) % 50)}%`} />
      </td>
    ))}
  </tr>
)
