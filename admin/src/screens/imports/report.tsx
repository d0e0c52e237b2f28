/**
 * One file of users: what would become of each row, then what did.
 *
 * @module
 */
import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useAct } from '../../data/use-act.ts'
import { useList } from '../../data/use-list.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { FilterSelect, ListBar } from '../../parts/list-bar.tsx'
import { Fact, Facts, Page, PageLoading, Section } from '../../parts/page.tsx'
import { Refused } from '../../parts/states.tsx'
import { By, Progressing, StateBadge, UserLink } from '../bulk/parts.tsx'
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
  const { state, counts, reason, actor, createdAt, ignored, dryRun, error } = query.data
  const isRunning = state === 'running'
  const tried = counts.created + counts.failed
  return (
    <Page
      title={reason}
      crumbs={[{ label: t.title, to: '/import' }]}
      beside={
        <Group gap={6}>
          <StateBadge state={state} names={t.states} />
          {dryRun && <Badge color="gray">{t.onlyChecked}</Badge>}
        </Group>
      }
      actions={<Actions of={query.data} />}
    >
      <Section>
        <Stack gap="md">
          {(isRunning || tried > 0) && <Progressing done={tried} all={tried + counts.ready} isRunning={isRunning} />}
          <Facts>
            <Fact name={t.rows}>{t.count(counts.rows)}</Fact>
            {(['ready', 'refused', 'created', 'failed'] as const)
              .filter((name) => counts[name] > 0)
              .map((name) => (
                <Fact key={name} name={t.outcomes[name] ?? name}>
                  {t.count(counts[name])}
                </Fact>
              ))}
            <Fact name={t.by}>
              <By actor={actor} />
            </Fact>
            <Fact name={t.read}>
              <Ago at={createdAt} />
            </Fact>
            {ignored.length > 0 && <Fact name={t.ignored}>{ignored.join(', ')}</Fact>}
          </Facts>
          {error !== null && <Text c="var(--mantine-color-error)">{error}</Text>}
        </Stack>
      </Section>
      <Rows id={id} isRunning={isRunning} key={state} />
    </Page>
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

function Rows({ id, isRunning }: { id: string; isRunning: boolean }) {
  const t = useTexts(importsTexts)
  const list = useList({
    key: 'import-rows',
    asks: ['outcome'],
    fixed: { id },
    fetch: api.imports.rows,
    rows: (page) => page.rows,
    ...(isRunning && { every: 2_000 }),
  })
  return (
    <>
      <ListBar list={list}>
        <FilterSelect list={list} ask="outcome" label={t.outcome} any={t.anyOutcome} values={t.outcomes} />
      </ListBar>
      <DataTable
        label={t.report}
        list={list}
        columns={columnsOf(t)}
        id={({ row }) => String(row)}
        name={({ row, identifier }) => identifier ?? String(row)}
        empty={{ title: t.emptyRows }}
      />
    </>
  )
}

const columnsOf = (t: ImportsTexts): readonly Column<Row>[] => [
  { key: 'row', title: t.row, cell: ({ row }) => t.count(row) },
  { key: 'who', title: t.who, cell: ({ identifier }) => identifier ?? '–' },
  {
    key: 'outcome',
    title: t.outcome,
    cell: ({ outcome, userId }) => (
      <Group gap={6}>
        <StateBadge state={outcome} names={t.outcomes} />
        {userId !== null && outcome === 'created' && <UserLink id={userId} />}
      </Group>
    ),
  },
  {
    key: 'why',
    title: t.why,
    cell: ({ code, field }) =>
      code === null ? '–' : [field && (t.fields[field] ?? field), t.codes[code] ?? code].filter(Boolean).join(': '),
  },
]
