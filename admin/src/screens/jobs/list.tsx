import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useList } from '../../data/use-list.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { FilterSelect, ListBar } from '../../parts/list-bar.tsx'
import { Page } from '../../parts/page.tsx'
import { useSelection } from '../../parts/use-selection.ts'
import { DeadButtons, RedriveAll, useJobActs } from './acts.tsx'
import { Counts, countsQuery } from './counts.tsx'
import { type Job, JobBadge } from './state.tsx'
import { jobsTexts } from './texts.ts'

export default function JobsScreen() {
  const t = useTexts(jobsTexts)
  const { may } = useOperator()
  const acts = useJobActs()
  const selection = useSelection()
  const { data: counted } = useQuery(countsQuery)
  const list = useList({ key: 'jobs', asks: ['kind', 'state'], fetch: api.jobs.list, rows: (page) => page.jobs, every: 10_000 })
  const { kind, state } = list.asked
  const dead = (counted?.counts ?? []).filter((one) => one.dead.count > 0 && (kind === undefined || one.kind === kind))
  const kinds = Object.fromEntries((counted?.counts ?? []).map((one) => [one.kind, one.kind]))
  return (
    <Page title={t.title} lead={t.lead} actions={dead.length > 0 && <RedriveAll kind={kind} />}>
      <Counts />
      <ListBar list={list}>
        <FilterSelect list={list} ask="kind" label={t.kind} any={t.anyKind} values={kinds} />
        <FilterSelect list={list} ask="state" label={t.state} any={t.owed} values={t.states} />
      </ListBar>
      <DataTable<Job>
        label={t.list}
        list={list}
        id={({ id }) => id}
        name={({ kind, id }) => `${kind} ${id.slice(-6)}`}
        to={({ id }) => `/jobs/${encodeURIComponent(id)}`}
        columns={columnsOf(t)}
        empty={{ title: t.empty, help: t.emptyHelp }}
        {...(may('manage') &&
          state === 'dead' && {
            selection,
            actions: ({ id, kind }) => <DeadButtons ids={[id]} name={`${kind} ${id.slice(-6)}`} acts={acts} />,
            bulk: (ids) => <DeadButtons ids={ids} acts={acts} />,
          })}
      />
    </Page>
  )
}

const columnsOf = (t: (typeof jobsTexts)['en']): readonly Column<Job>[] => [
  {
    key: 'kind',
    title: t.kind,
    cell: ({ id, kind }) => (
      <Anchor inherit renderRoot={(props) => <Link to={`/jobs/${encodeURIComponent(id)}`} {...props} />}>
        {kind}
      </Anchor>
    ),
  },
  { key: 'state', title: t.state, cell: ({ state }) => <JobBadge state={state} /> },
  { key: 'attempts', title: t.attempts, cell: ({ attempts }) => attempts },
  { key: 'created', title: t.created, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { key: 'due', title: t.dueAt, wide: true, cell: ({ dueAt }) => <Ago at={dueAt} never="–" /> },
  {
    key: 'error',
    title: t.error,
    cell: ({ lastError }) => (
      <Text inherit component="span" lineClamp={2}>
        {lastError ?? '–'}
      </Text>
    ),
  },
]
