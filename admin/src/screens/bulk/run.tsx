/**
 * One act on many users: how far it is, what became of each, and a way to break it off and to go on.
 *
 * @module
 */
import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
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
import { type BulkRun, isOver, type Selector } from './ask.tsx'
import { By, Progressing, StateBadge, UserLink } from './parts.tsx'
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
  return (
    <Page
      title={t.actions[run.action] ?? run.action}
      crumbs={[{ label: t.title, to: '/bulk' }]}
      beside={
        <Group gap={6}>
          <StateBadge state={run.state} names={t.states} />
          {run.dryRun && <Badge color="gray">{t.dryRun}</Badge>}
        </Group>
      }
      actions={<Actions run={run} />}
    >
      <Section>
        <Stack gap="md">
          <Progressing done={selected + done + skipped + failed} all={run.total} isRunning={!isOver(run)} />
          <Facts>
            {Object.entries(run.counts)
              .filter(([name, count]) => count > 0 || name === (run.dryRun ? 'selected' : 'done'))
              .map(([name, count]) => (
                <Fact key={name} name={t.outcomes[name] ?? name}>
                  {count}
                </Fact>
              ))}
            <Fact name={t.selector}>
              <Meant selector={run.selector} />
            </Fact>
            <Fact name={t.reason}>{run.reason}</Fact>
            <Fact name={t.by}>
              <By actor={run.actor} />
            </Fact>
            <Fact name={t.started}>
              <Ago at={run.createdAt} />
            </Fact>
          </Facts>
          {run.error !== null && <Text c="var(--mantine-color-error)">{run.error}</Text>}
        </Stack>
      </Section>
      <Rows id={id} isRunning={!isOver(run)} key={run.state} />
    </Page>
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

function Rows({ id, isRunning }: { id: string; isRunning: boolean }) {
  const t = useTexts(bulkTexts)
  const list = useList({
    key: 'bulk-rows',
    asks: ['outcome'],
    fixed: { id },
    fetch: api.bulk.rows,
    rows: (page) => page.rows,
    ...(isRunning && { every: 2_000 }),
  })
  return (
    <>
      <ListBar list={list}>
        <FilterSelect list={list} ask="outcome" label={t.outcome} any={t.anyOutcome} values={t.outcomes} />
      </ListBar>
      <DataTable
        label={t.each}
        list={list}
        columns={columnsOf(t)}
        id={({ userId }) => userId}
        name={({ userId }) => userId}
        to={({ userId }) => `/users/${encodeURIComponent(userId)}`}
        empty={{ title: t.emptyRows }}
      />
    </>
  )
}

const columnsOf = (t: BulkTexts): readonly Column<Row>[] => [
  { key: 'user', title: t.user, cell: ({ userId }) => <UserLink id={userId} /> },
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
