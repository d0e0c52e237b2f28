/**
 * The page of work on many users that goes on by itself: how far it is, who asked for it, and what became of each.
 *
 * @module
 */
import { Badge, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { type ListOptions, type Page as ListPage, useList } from '../../data/use-list.ts'
import { Ago } from '../../parts/ago.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { FilterSelect, ListBar } from '../../parts/list-bar.tsx'
import { type Crumb, Fact, Facts, Page, Section } from '../../parts/page.tsx'
import { By, Progressing, StateBadge } from './parts.tsx'

interface RunPageProps {
  readonly title: string
  readonly crumb: Crumb
  readonly run: {
    readonly state: string
    readonly error: string | null
    readonly actor: { readonly kind: string; readonly id: string }
    readonly createdAt: string
  }
  readonly words: {
    readonly states: Readonly<Record<string, string>>
    readonly errors: Readonly<Record<string, string>>
    readonly by: string
    readonly began: string
  }
  /** Beside the state, of one that changes nothing. */
  readonly note: string | undefined
  /** How many of how many; absent while nothing has been tried. */
  readonly progress: { readonly done: number; readonly all: number | null } | undefined
  readonly isRunning: boolean
  readonly facts: readonly (readonly [name: string, value: ReactNode])[]
  readonly actions: ReactNode
  readonly children: ReactNode
}

export function RunPage({ title, crumb, run, words, note, progress, isRunning, facts, actions, children }: RunPageProps) {
  return (
    <Page
      title={title}
      crumbs={[crumb]}
      beside={
        <Group gap={6}>
          <StateBadge state={run.state} names={words.states} />
          {note !== undefined && <Badge color="gray">{note}</Badge>}
        </Group>
      }
      actions={actions}
    >
      <Section>
        <Stack gap="md">
          {progress && <Progressing {...progress} isRunning={isRunning} />}
          <Facts>
            {facts.map(([name, value]) => (
              <Fact key={name} name={name}>
                {value}
              </Fact>
            ))}
            <Fact name={words.by}>
              <By actor={run.actor} />
            </Fact>
            <Fact name={words.began}>
              <Ago at={run.createdAt} />
            </Fact>
          </Facts>
          {run.error !== null && <Text c="var(--mantine-color-error)">{words.errors[run.error] ?? run.error}</Text>}
        </Stack>
      </Section>
      {children}
    </Page>
  )
}

interface RunRowsProps<P extends ListPage, R> extends Pick<ListOptions<P, R>, 'fetch' | 'rows'> {
  /** The name answers are kept under. */
  readonly kept: string
  /** Of the run. */
  readonly id: string
  readonly isRunning: boolean
  readonly words: {
    readonly outcome: string
    readonly anyOutcome: string
    readonly outcomes: Readonly<Record<string, string>>
    readonly rows: string
    readonly none: string
  }
  readonly columns: readonly Column<R>[]
  readonly rowId: (row: R) => string
  readonly rowName: (row: R) => string
  /** Where a row leads, if anywhere. */
  readonly to?: (row: R) => string
}

/** What became of each, by what became of them. */
export function RunRows<P extends ListPage, R>(props: RunRowsProps<P, R>) {
  const { kept, fetch, rows, id, isRunning, words, columns, rowId, rowName, to } = props
  // It is shown anew when the run is over: what was read a moment before is not the end of it.
  const list = useList<P, R>({
    key: kept,
    asks: ['outcome'],
    fixed: { id },
    fetch,
    rows,
    anew: true,
    ...(isRunning && { every: 2_000 }),
  })
  return (
    <>
      <ListBar list={list}>
        <FilterSelect list={list} ask="outcome" label={words.outcome} any={words.anyOutcome} values={words.outcomes} />
      </ListBar>
      <DataTable
        label={words.rows}
        list={list}
        columns={columns}
        id={rowId}
        name={rowName}
        {...(to && { to })}
        empty={{ title: words.none }}
      />
    </>
  )
}
