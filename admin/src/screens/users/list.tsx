import { Anchor, Badge, Button, Group, Menu, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { api, basePath } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { type Asked, useList } from '../../data/use-list.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { calledOf } from '../../parts/called.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { FilterWord } from '../../parts/filter-word.tsx'
import { Icon } from '../../parts/icon.tsx'
import { FilterSelect, ListBar, SearchBox } from '../../parts/list-bar.tsx'
import { Page } from '../../parts/page.tsx'
import { useSelection } from '../../parts/use-selection.ts'
import { BulkMenu } from '../bulk/menu.tsx'
import { bulkTexts } from '../bulk/texts.ts'
import { UserState } from './state.tsx'
import { usersTexts } from './texts.ts'

type User = Awaited<ReturnType<typeof api.users.list>>['users'][number]

const placeOf = (user: User): string => `/users/${encodeURIComponent(user.id)}`

/** Newest first unless something else is asked for: search has its own order, and a store of the application may have no other. */
async function newestFirst(query: Parameters<typeof api.users.list>[0] & object) {
  if (query.q || query.sort) return api.users.list(query)
  const answer = await api.users.list({ ...query, sort: '-createdAt' }).result()
  if (answer.ok) return answer.value
  if (answer.error.code === 'list_not_possible') return api.users.list(query)
  throw answer.error
}

export default function UsersScreen() {
  const t = useTexts(usersTexts)
  const bulk = useTexts(bulkTexts)
  const { roles } = useFrameTexts()
  const { may, has } = useOperator()
  const selection = useSelection()
  const list = useList({
    key: 'users',
    asks: ['q', 'status', 'role', 'verified', 'sort'],
    fetch: newestFirst,
    rows: (page) => page.users,
  })
  return (
    <Page title={t.title} actions={may('manage') && <Acts asked={list.asked} />}>
      <ListBar list={list}>
        <SearchBox list={list} ask="q" label={t.search} main />
        <FilterSelect list={list} ask="status" label={t.state} any={t.anyState} values={t.states} />
        <FilterWord
          list={list}
          ask="role"
          label={t.role}
          any={t.anyRole}
          values={roles}
          seen={list.rows.map(({ role }) => role)}
        />
        <FilterSelect list={list} ask="verified" label={t.unverified} any={t.anyVerified} values={t.verified} />
      </ListBar>
      <DataTable
        label={t.title}
        list={list}
        columns={useColumns()}
        id={(user) => user.id}
        name={calledOf}
        to={placeOf}
        empty={{ title: t.empty, help: t.emptyHelp }}
        {...(may('manage') &&
          has('bulk') && {
            selection,
            bulk: (ids) => <BulkMenu compact selector={{ ids: [...ids] }} label={bulk.menuTicked} />,
          })}
      />
    </Page>
  )
}

/** One more user, and what can be done with everybody the list finds. */
function Acts({ asked: { sort: _sort, ...filter } }: { asked: Asked }) {
  const t = useTexts(usersTexts)
  const bulk = useTexts(bulkTexts)
  const { has } = useOperator()
  const words = filter as Record<string, string>
  return (
    <>
      <Button leftSection={<Icon name="plus" size={16} />} renderRoot={(props) => <Link to="/users/new" {...props} />}>
        {t.add}
      </Button>
      {has('imports') && (
        <Button
          variant="default"
          leftSection={<Icon name="upload" size={16} />}
          renderRoot={(props) => <Link to="/import/new" {...props} />}
        >
          {t.import}
        </Button>
      )}
      {has('bulk') && (
        <>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button
                variant="default"
                leftSection={<Icon name="download" size={16} />}
                rightSection={<Icon name="menu" size={14} />}
              >
                {t.export}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {(['csv', 'ndjson'] as const).map((format) => (
                <Menu.Item
                  key={format}
                  component="a"
                  download
                  href={`${basePath}/api/users/export?${new URLSearchParams({ ...words, format })}`}
                >
                  {t.exports[format]}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <BulkMenu selector={{ filter: words }} label={bulk.menu} />
        </>
      )}
    </>
  )
}

function useColumns(): readonly Column<User>[] {
  const t = useTexts(usersTexts)
  const { roles } = useFrameTexts()
  return [
    {
      key: 'user',
      title: t.user,
      cell: (user) => (
        <Anchor inherit c="var(--mantine-color-text)" renderRoot={(props) => <Link to={placeOf(user)} {...props} />}>
          {calledOf(user)}
        </Anchor>
      ),
    },
    {
      key: 'identifier',
      title: t.identifier,
      sort: { up: 'identifier', down: '-identifier' },
      cell: (user) => (
        <Group gap={6}>
          <Text inherit component="span">
            {user.email ?? user.username ?? user.phone ?? '–'}
          </Text>
          {user.email !== null && !user.emailVerified && (
            <Badge color="gray" size="sm">
              {t.unverified}
            </Badge>
          )}
        </Group>
      ),
    },
    {
      key: 'role',
      title: t.role,
      // Our names are short; an application's word may be anything.
      cell: ({ role }) => (
        <Text inherit component="span" {...(role in roles && { style: { whiteSpace: 'nowrap' } })}>
          {roles[role] ?? role}
        </Text>
      ),
    },
    { key: 'state', title: t.state, cell: (user) => <UserState disabledAt={user.disabledAt} /> },
    {
      key: 'created',
      title: t.created,
      sort: { up: 'createdAt', down: '-createdAt' },
      cell: ({ createdAt }) => <Ago at={createdAt} />,
    },
  ]
}
