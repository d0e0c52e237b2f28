/**
 * One act on many users: how far it is, what became of each, and a way to break it off and to go on.
 *
 * @module
 */
import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useAct } from '../../data/use-act.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { confirm } from '../../parts/confirm.tsx'
import type { Column } from '../../parts/data-table.tsx'
import { PageLoading } from '../../parts/page.tsx'
import { Refused } from '../../parts/states.tsx'
import { UserName } from '../users/user-name.tsx'
import { type BulkRun, isOver, type Selector } from './ask.tsx'
import { StateBadge } from './parts.tsx'
import { RunPage, RunRows } from './run-page.tsx'
import { type BulkTexts, bulkTexts } from './texts.ts'

type Row = Awaited<ReturnType<typeof api.bulk.rows>>['rows'][number]

export default function BulkRunScreen() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const t = useTexts(bulkTexts)
  const query = useQuery({
    queryKey: ['bulk', 'one', id],
    queryFn: () => api.bulk.get({ id }),
    refetchInterval: ({ state: { data } }) => (data && isOver(data) ? false : 1_000),
  })
  if (query.isError) return <Refused page error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <PageLoading />
  const run = query.data
  const { selected, done, skipped, failed } = run.counts
  const counted = Object.entries(run.counts).filter(([name, count]) => count > 0 || name === (run.dryRun ? 'selected' : 'done'))
  return (
    <RunPage
      title={t.actions[run.action] ?? run.action}
      crumb={{ label: t.title, to: '/bulk' }}
      run={run}
      words={{ states: t.states, errors: t.errors, by: t.by, began: t.started }}
      note={run.dryRun ? t.dryRun : undefined}
      progress={{ done: selected + done + skipped + failed, all: run.total }}
      isRunning={!isOver(run)}
      facts={[
        ...counted.map(([name, count]) => [t.outcomes[name] ?? name, count] as const),
        [t.selector, <Meant key="selector" selector={run.selector} />],
        [t.reason, run.reason],
      ]}
      actions={<Actions run={run} />}
    >
      <RunRows
        key={run.state}
        kept="bulk-rows"
        id={id}
        isRunning={!isOver(run)}
        fetch={api.bulk.rows}
        rows={(page) => page.rows}
        words={{ outcome: t.outcome, anyOutcome: t.anyOutcome, outcomes: t.outcomes, rows: t.each, none: t.emptyRows }}
        columns={columnsOf(t)}
        rowId={({ userId }) => userId}
        rowName={({ userId }) => userId}
        to={({ userId }) => `/users/${encodeURIComponent(userId)}`}
      />
    </RunPage>
  )
}

function Meant({ selector }: { selector: Selector }) {
  const t = useTexts(bulkTexts)
  if ('ids' in selector) return t.ticked(selector.ids.length)
  const words = Object.entries(selector.filter)
  return words.length === 0 ? t.everybody : `${t.found} ${words.map(([name, value]) => `${name} = ${value}`).join(', ')}`
}

function Actions({ run: { id, state } }: { run: BulkRun }) {
  const t = useTexts(bulkTexts)
  const touches = ['bulk', 'bulk-rows', 'users', 'sessions']
  const cancel = useAct({ run: () => api.bulk.cancel({ id }), done: t.cancelled, touches })
  const resume = useAct({ run: () => api.bulk.resume({ id }), done: t.resumed, touches })
  const ask = async () => {
    if ((await confirm({ title: t.cancelTitle, body: t.cancelBody, act: t.cancel })) !== undefined) cancel.mutate()
  }
  if (state === 'done') return null
  return (
    <>
      {state !== 'cancelled' && (
        <Button variant="light" color="red" loading={cancel.isPending} onClick={() => void ask()}>
          {t.cancel}
        </Button>
      )}
      {(state === 'cancelled' || state === 'failed') && (
        <Button loading={resume.isPending} onClick={() => resume.mutate()}>
          {t.resume}
        </Button>
      )}
    </>
  )
}

const columnsOf = (t: BulkTexts): readonly Column<Row>[] => [
  { key: 'user', title: t.user, cell: ({ userId }) => <UserName id={userId} /> },
  {
    key: 'outcome',
    title: t.outcome,
    cell: ({ outcome, code }) => (
      <Group gap={6}>
        <StateBadge state={outcome} names={t.outcomes} />
        {code !== null && (t.codes[code] ?? code)}
      </Group>
    ),
  },
  { key: 'at', title: t.at, cell: ({ at }) => <Ago at={at} /> },
]
