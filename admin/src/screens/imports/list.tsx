import { Anchor, Badge, Button, Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useList } from '../../data/use-list.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { Page } from '../../parts/page.tsx'
import { By, StateBadge } from '../bulk/parts.tsx'
import { type ImportsTexts, importsTexts } from './texts.ts'

export type Import = Awaited<ReturnType<typeof api.imports.get>>

/** Files of users, newest first. */
export default function ImportsScreen() {
  const t = useTexts(importsTexts)
  const list = useList({ key: 'imports', asks: [], fetch: api.imports.list, rows: (page) => page.imports, every: 5_000 })
  return (
    <Page
      title={t.title}
      lead={t.lead}
      actions={<Button renderRoot={(props) => <Link to="/import/new" {...props} />}>{t.new}</Button>}
    >
      <DataTable
        label={t.title}
        list={list}
        columns={columnsOf(t)}
        id={({ id }) => id}
        name={({ reason }) => reason}
        to={({ id }) => `/import/${id}`}
        empty={{ title: t.empty, help: t.emptyHelp }}
      />
    </Page>
  )
}

const columnsOf = (t: ImportsTexts): readonly Column<Import>[] => [
  {
    key: 'reason',
    title: t.reason,
    cell: ({ id, reason, dryRun }) => (
      <Group gap={6}>
        <Anchor inherit renderRoot={(props) => <Link to={`/import/${id}`} {...props} />}>
          {reason}
        </Anchor>
        {dryRun && <Badge color="gray">{t.onlyChecked}</Badge>}
      </Group>
    ),
  },
  { key: 'state', title: t.state, cell: ({ state }) => <StateBadge state={state} names={t.states} /> },
  { key: 'rows', title: t.rows, cell: ({ counts }) => t.count(counts.rows) },
  { key: 'created', title: t.outcomes.created ?? '', cell: ({ counts }) => t.count(counts.created) },
  { key: 'by', title: t.by, wide: true, cell: ({ actor }) => <By actor={actor} /> },
  { key: 'at', title: t.read, cell: ({ createdAt }) => <Ago at={createdAt} /> },
]
