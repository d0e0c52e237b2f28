import { Badge, Button, Group, Stack, Text, Tooltip } from '@mantine/core'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useList } from '../../data/use-list.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { Copyable } from '../../parts/copy.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { ListBar, SearchBox } from '../../parts/list-bar.tsx'
import { useSelection } from '../../parts/use-selection.ts'
import { idsOnly } from '../users/ids-only.tsx'
import { UserName } from '../users/user-name.tsx'
import { sessionsTexts } from './texts.ts'

type Session = Awaited<ReturnType<typeof api.sessions.list>>['sessions'][number]

/** Devices that are logged in: of everybody, or of one user. */
export function SessionsTable({ userId }: { userId?: string }) {
  const t = useTexts(sessionsTexts)
  const { may } = useOperator()
  const selection = useSelection()
  const list = useList({
    key: 'sessions',
    asks: userId === undefined ? ['ip', 'userId', 'sort'] : ['ip', 'sort'],
    fixed: userId === undefined ? undefined : { userId },
    fetch: api.sessions.list,
    rows: (page) => page.sessions,
  })
  const revoke = useAct({
    run: (handles: readonly string[]) => revokeAll(handles),
    done: (_, handles) => t.done(handles.length),
    touches: ['sessions'],
  })
  const ask = async (handles: readonly string[]) => {
    const those = list.rows.filter(({ sessionHandle }) => handles.includes(sessionHandle))
    const body = (
      <Stack gap="xs">
        <div>
          {those.map((session) => (
            <Text key={session.sessionHandle} inherit fw={600}>
              {whereOf(session, t)}
            </Text>
          ))}
        </div>
        <div>{t.confirmBody}</div>
        {those.some(({ current }) => current) && <div>{t.confirmHere}</div>}
      </Stack>
    )
    const answer = await confirm({ title: t.confirmTitle(handles.length), body, act: t.revoke })
    if (answer === undefined) return
    revoke.mutate(handles)
    selection.set(new Set())
  }
  return (
    <>
      <ListBar list={list}>
        <SearchBox list={list} ask="ip" label={t.filterIp} main />
        {userId === undefined && <SearchBox list={list} ask="userId" label={t.filterUser} />}
      </ListBar>
      <DataTable<Session>
        label={t.title}
        list={list}
        columns={columnsOf(t, userId === undefined)}
        id={(session) => session.sessionHandle}
        name={(session) => session.device}
        nothing={idsOnly(list.asked.userId)}
        empty={{ title: t.empty, help: t.emptyHelp }}
        {...(may('help') && {
          selection,
          actions: (session) => (
            <Button
              variant="subtle"
              color="gray"
              size="compact-sm"
              aria-label={t.revokeNamed(session.device)}
              onClick={() => void ask([session.sessionHandle])}
            >
              {t.revoke}
            </Button>
          ),
          bulk: (handles) => (
            <Button color="red" size="compact-sm" loading={revoke.isPending} onClick={() => void ask(handles)}>
              {t.revoke}
            </Button>
          ),
        })}
      />
    </>
  )
}

/** One that has ended by itself meanwhile is as good as ended. */
async function revokeAll(handles: readonly string[]): Promise<void> {
  for (const sessionHandle of handles) {
    const answer = await api.sessions.revoke({ sessionHandle }).result()
    if (!answer.ok && answer.error.code !== 'not_found') throw answer.error
  }
}

type Texts = (typeof sessionsTexts)['en']

const deviceOf = ({ impersonated, device }: Session, t: Texts): string => (impersonated ? t.impersonated : device)
const whereOf = (session: Session, t: Texts): string =>
  [deviceOf(session, t), session.ipAddress].filter((part) => part !== null).join(', ')

function columnsOf(t: Texts, withUser: boolean): readonly Column<Session>[] {
  return [
    {
      key: 'device',
      title: t.device,
      cell: (session) => (
        <Group gap="2px 8px">
          <Tooltip label={session.userAgent || session.device} multiline maw={420}>
            <Text inherit component="span">
              {deviceOf(session, t)}
            </Text>
          </Tooltip>
          {session.current && <Badge size="sm">{t.here}</Badge>}
        </Group>
      ),
    },
    ...(withUser
      ? [
          {
            key: 'user',
            title: t.user,
            cell: ({ userId }: Session) => <UserName id={userId} />,
          },
        ]
      : []),
    { key: 'address', title: t.address, cell: ({ ipAddress }) => (ipAddress ? <Copyable value={ipAddress} /> : '–') },
    {
      key: 'active',
      title: t.active,
      sort: { up: 'lastActiveAt', down: '-lastActiveAt' },
      cell: ({ lastActiveAt }) => <Ago at={lastActiveAt} />,
    },
    {
      key: 'began',
      title: t.began,
      wide: withUser,
      sort: { up: 'createdAt', down: '-createdAt' },
      cell: ({ createdAt }) => <Ago at={createdAt} />,
    },
    // Among everybody's there is no room for it; on the page of a user there is.
    ...(withUser ? [] : [{ key: 'ends', title: t.ends, wide: true, cell: ({ expiresAt }: Session) => <Ago at={expiresAt} /> }]),
  ]
}
