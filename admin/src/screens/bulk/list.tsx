import { Anchor, Badge, Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useList } from '../../data/use-list.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { Page } from '../../parts/page.tsx'
import type { BulkRun } from './ask.tsx'
import { By, StateBadge } from './parts.tsx'
import { type BulkTexts, bulkTexts } from './texts.ts'

/** Acts on many users, newest first. */
export default function BulkScreen() {
  const t = useTexts(bulkTexts)
  const list = useList({ key: 'bulk', asks: [], fetch: api.bulk.list, rows: (page) => page.runs, every: 5_000 })
  return (
    <Page title={t.title} lead={t.lead}>
      <DataTable
        label={t.title}
        list={list}
        columns={columnsOf(t)}
        id={({ id }) => id}
        name={({ action }) => t.actions[action] ?? action}
        to={({ id }) => `/bulk/${id}`}
        empty={{ title: t.empty, help: t.emptyHelp }}
      />
    </Page>
  )
}

const columnsOf = (t: BulkTexts): readonly Column<BulkRun>[] => [
  {
    key: 'action',
    title: t.run,
    cell: ({ id, action, dryRun }) => (
      <Group gap={6}>
        <Anchor inherit renderRoot={(props) => <Link to={`/bulk/${id}`} {...props} />}>
          {t.actions[action] ?? action}
        </Anchor>
        {dryRun && <Badge color="gray">{t.dryRun}</Badge>}
      </Group>
    ),
  },
  { key: 'state', title: t.state, cell: ({ state }) => <StateBadge state={state} names={t.states} /> },
  { key: 'done', title: t.outcomes.done ?? '', cell: ({ counts, dryRun }) => (dryRun ? '–' : counts.done) },
  { key: 'reason', title: t.reason, cell: ({ reason }) => reason },
  { key: 'by', title: t.by, wide: true, cell: ({ actor }) => <By actor={actor} /> },
  { key: 'at', title: t.started, cell: ({ createdAt }) => <Ago at={createdAt} /> },
]
