import { Anchor, Code } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Ago } from '../../parts/ago.tsx'
import type { Column } from '../../parts/data-table.tsx'
import { UserName } from '../users/user-name.tsx'
import { Actor, shortOf } from './actor.tsx'
import { type AuditEntry, differences } from './entries.ts'
import type { auditTexts } from './texts.ts'

export const placeOf = ({ id }: AuditEntry): string => `/audit/${encodeURIComponent(id)}`

/** What stands in a row; whom it is about is left out where all rows are about one user. */
export const columnsOf = (t: (typeof auditTexts)['en'], withUser: boolean): readonly Column<AuditEntry>[] => [
  {
    key: 'what',
    title: t.what,
    cell: (entry) => (
      <Anchor inherit renderRoot={(props) => <Link to={placeOf(entry)} {...props} />}>
        {shortOf(entry.action)}
      </Anchor>
    ),
  },
  { key: 'who', title: t.who, cell: ({ actor }) => <Actor actor={actor} /> },
  ...(withUser ? [whom(t.whom)] : []),
  {
    key: 'changed',
    title: t.changed,
    wide: true,
    cell: ({ before, after }) =>
      differences(before, after)
        .slice(0, 3)
        .map(({ field }) => (
          <Code key={field} mr={4}>
            {field || t.target}
          </Code>
        )),
  },
  { key: 'address', title: t.address, wide: true, brief: true, cell: ({ ip }) => ip ?? '–' },
  { key: 'when', title: t.when, cell: ({ at }) => <Ago at={at} /> },
]

const whom = (title: string): Column<AuditEntry> => ({
  key: 'whom',
  title,
  cell: ({ userId }) => (userId === null ? '–' : <UserName id={userId} />),
})
