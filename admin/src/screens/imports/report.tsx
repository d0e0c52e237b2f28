/**
 * One file of users: what would become of each row, then what did.
 *
 * @module
 */
import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useAct } from '../../data/use-act.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { confirm } from '../../parts/confirm.tsx'
import type { Column } from '../../parts/data-table.tsx'
import { PageLoading } from '../../parts/page.tsx'
import { Refused } from '../../parts/states.tsx'
import { StateBadge } from '../bulk/parts.tsx'
import { RunPage, RunRows } from '../bulk/run-page.tsx'
import { UserName } from '../users/user-name.tsx'
import type { Import } from './list.tsx'
import { type ImportsTexts, importsTexts } from './texts.ts'

type Row = Awaited<ReturnType<typeof api.imports.rows>>['rows'][number]

export default function ImportScreen() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const t = useTexts(importsTexts)
  const query = useQuery({
    queryKey: ['imports', 'one', id],
    queryFn: () => api.imports.get({ id }),
    refetchInterval: ({ state: { data } }) => (data?.state === 'running' ? 1_000 : false),
  })
  if (query.isError) return <Refused page error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <PageLoading />
  const { state, counts, reason, ignored, dryRun } = query.data
  const isRunning = state === 'running'
  const tried = counts.created + counts.failed
  const counted = (['ready', 'refused', 'created', 'failed'] as const).filter((name) => counts[name] > 0)
  return (
    <RunPage
      title={reason}
      crumb={{ label: t.title, to: '/import' }}
      run={query.data}
      words={{ states: t.states, errors: t.errors, by: t.by, began: t.read }}
      note={dryRun ? t.onlyChecked : undefined}
      progress={isRunning || tried > 0 ? { done: tried, all: tried + counts.ready } : undefined}
      isRunning={isRunning}
      facts={[
        [t.rows, t.count(counts.rows)],
        ...counted.map((name) => [t.outcomes[name] ?? name, t.count(counts[name])] as const),
        ...(ignored.length > 0 ? [[t.ignored, ignored.join(', ')] as const] : []),
      ]}
      actions={<Actions of={query.data} />}
    >
      <RunRows
        key={state}
        kept="import-rows"
        id={id}
        isRunning={isRunning}
        fetch={api.imports.rows}
        rows={(page) => page.rows}
        words={{ outcome: t.outcome, anyOutcome: t.anyOutcome, outcomes: t.outcomes, rows: t.report, none: t.emptyRows }}
        columns={columnsOf(t)}
        rowId={({ row }) => String(row)}
        rowName={({ row, identifier }) => identifier ?? String(row)}
      />
    </RunPage>
  )
}

function Actions({ of: { id, state, dryRun, counts } }: { of: Import }) {
  const t = useTexts(importsTexts)
  const navigate = useNavigate()
  const touches = ['imports', 'import-rows', 'users']
  const run = useAct({ run: () => api.imports.run({ id }), done: t.started, touches })
  const cancel = useAct({ run: () => api.imports.cancel({ id }), done: t.cancelled, touches })
  const discard = useAct({ run: () => api.imports.discard({ id }), done: t.discarded, touches: ['users'] })
  const askRun = async () => {
    const word = String(counts.ready)
    const title = t.runTitle(counts.ready)
    if ((await confirm({ title, body: t.runBody, act: t.run(counts.ready), word, danger: false })) !== undefined) run.mutate()
  }
  const askCancel = async () => {
    if ((await confirm({ title: t.cancelTitle, body: t.cancelBody, act: t.cancel })) !== undefined) cancel.mutate()
  }
  const askDiscard = async () => {
    if ((await confirm({ title: t.discardTitle, body: t.discardBody, act: t.discard })) === undefined) return
    discard.mutate(undefined, { onSuccess: () => void navigate({ to: '/import' }) })
  }
  const isRunning = state === 'running'
  return (
    <>
      {isRunning || state === 'failed' ? (
        <Button variant="light" color="red" loading={cancel.isPending} onClick={() => void askCancel()}>
          {t.cancel}
        </Button>
      ) : null}
      {!isRunning && (
        <Button variant="default" loading={discard.isPending} onClick={() => void askDiscard()}>
          {t.discard}
        </Button>
      )}
      {!dryRun && counts.ready > 0 && state === 'staged' && (
        <Button loading={run.isPending} onClick={() => void askRun()}>
          {t.run(counts.ready)}
        </Button>
      )}
      {(state === 'cancelled' || state === 'failed') && (
        <Button loading={run.isPending} onClick={() => run.mutate()}>
          {t.resume}
        </Button>
      )}
    </>
  )
}

const columnsOf = (t: ImportsTexts): readonly Column<Row>[] => [
  { key: 'row', title: t.row, titled: true, cell: ({ row }) => t.count(row) },
  { key: 'who', title: t.who, cell: ({ identifier }) => identifier ?? '–' },
  {
    key: 'outcome',
    title: t.outcome,
    cell: ({ outcome, userId }) => (
      <Group gap={6}>
        <StateBadge state={outcome} names={t.outcomes} />
        {userId !== null && outcome === 'created' && <UserName id={userId} />}
      </Group>
    ),
  },
  {
    key: 'why',
    title: t.why,
    cell: ({ code, field }) =>
      code === null
        ? '–'
        : [field && (t.fields[field] ?? field), t.codes[`${code} ${field}`] ?? t.codes[code] ?? code].filter(Boolean).join(': '),
  },
]
