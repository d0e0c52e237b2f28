import { Anchor, Group, Stack } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useList } from '../../data/use-list.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { FilterSelect, ListBar } from '../../parts/list-bar.tsx'
import { actsTexts } from '../users/acts-texts.ts'
import { shortOf } from './actor.tsx'
import { columnsOf, placeOf } from './columns.tsx'
import { auditTexts } from './texts.ts'

/** What happened to one user, on their page. */
export default function AuditOfUser({ user: { id } }: { user: { readonly id: string } }) {
  const t = useTexts(auditTexts)
  const acts = useTexts(actsTexts)
  const list = useList({
    key: 'audit',
    asks: ['action'],
    fixed: { userId: id },
    fetch: api.audit.list,
    rows: (page) => page.entries,
    limit: 20,
  })
  return (
    <Stack gap="md">
      <ListBar list={list}>
        <FilterSelect list={list} ask="action" label={t.what} any={t.anyAction} values={t.actions} />
        <Group gap="md" component="nav" aria-label={t.more}>
          {[[acts.activityAll, { userId: id }] as const, [acts.activityBy, { actor: id }] as const].map(([label, search]) => (
            <Anchor key={label} size="sm" renderRoot={(props) => <Link to="/audit" search={search as never} {...props} />}>
              {label}
            </Anchor>
          ))}
        </Group>
      </ListBar>
      <DataTable
        label={t.title}
        list={list}
        columns={columnsOf(t, false)}
        id={(entry) => entry.id}
        name={({ action }) => shortOf(action)}
        to={placeOf}
        empty={{ title: acts.activityEmpty }}
      />
    </Stack>
  )
}
