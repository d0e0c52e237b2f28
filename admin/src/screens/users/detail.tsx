/**
 * One user: who they are, what can be done, and a tab for each feature that has something to show of them.
 *
 * @module
 */
import { Button, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useLanguage, useTexts } from '../../messages/use-texts.tsx'
import { calledOf } from '../../parts/called.ts'
import { confirm } from '../../parts/confirm.tsx'
import { Copyable } from '../../parts/copy.tsx'
import { Page, PageLoading } from '../../parts/page.tsx'
import { Refused } from '../../parts/states.tsx'
import { UserState } from './state.tsx'
import { tabs } from './tabs.ts'
import { usersTexts } from './texts.ts'
import { type UserDetail, userQuery } from './user-query.ts'

const loaded = Object.fromEntries(tabs.map(({ id, load }) => [id, lazy(load)]))

export default function UserScreen() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const t = useTexts(usersTexts)
  const user = useQuery(userQuery(id))
  if (user.isError) return <Refused page error={user.error} retry={() => void user.refetch()} />
  if (!user.data) return <PageLoading />
  return (
    <Page
      title={calledOf(user.data)}
      crumbs={[{ label: t.title, to: '/users' }]}
      beside={<UserState disabledAt={user.data.disabledAt} />}
      lead={<Copyable value={user.data.id} />}
      actions={<Actions user={user.data} />}
    >
      <Parts user={user.data} />
    </Page>
  )
}

function Parts({ user }: { user: UserDetail }) {
  const t = useTexts(usersTexts)
  const { language } = useLanguage()
  const { may, has } = useOperator()
  const navigate = useNavigate()
  const { tab } = useSearch({ strict: false }) as { tab?: string }
  const shown = tabs.filter(({ right, feature }) => may(right) && has(feature))
  const open = shown.find(({ id }) => id === tab) ?? shown[0]
  if (!open) return null
  return (
    <Tabs
      value={open.id}
      activateTabWithKeyboard={false}
      onChange={(id) => void navigate({ to: '.', search: (id === shown[0]?.id ? {} : { tab: id }) as never, resetScroll: false })}
    >
      <Tabs.List aria-label={t.tabs} mb="md">
        {shown.map(({ id, label }) => (
          <Tabs.Tab key={id} value={id}>
            {label[language]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {shown.map(({ id }) => {
        const Tab = loaded[id]
        return (
          <Tabs.Panel key={id} value={id}>
            <Suspense fallback={<PageLoading />}>{Tab && <Tab user={user} />}</Suspense>
          </Tabs.Panel>
        )
      })}
    </Tabs>
  )
}

function Actions({ user }: { user: UserDetail }) {
  const t = useTexts(usersTexts)
  const { may } = useOperator()
  const { id } = user
  const disable = useAct({
    run: (reason: string) => api.users.disable({ id, reason }),
    done: t.disabled,
    touches: ['users', 'sessions'],
  })
  const enable = useAct({ run: () => api.users.enable({ id }), done: t.enabled, touches: ['users'] })
  const revoke = useAct({
    run: () => api.sessions.revokeAll({ id }),
    done: ({ revoked }) => t.revoked(revoked),
    touches: ['users', 'sessions'],
  })
  if (!may('help')) return null
  const askDisable = async () => {
    const reason = await confirm({ title: t.disableTitle, body: t.disableBody, act: t.disable, reason: 'owed' })
    if (reason !== undefined) disable.mutate(reason)
  }
  const askEnable = async () => {
    if ((await confirm({ title: t.enableTitle, body: t.enableBody, act: t.enable, danger: false })) !== undefined) enable.mutate()
  }
  const askRevoke = async () => {
    if ((await confirm({ title: t.revokeTitle, body: t.revokeBody, act: t.revokeAll })) !== undefined) revoke.mutate()
  }
  return (
    <>
      <Button variant="default" loading={revoke.isPending} onClick={() => void askRevoke()}>
        {t.revokeAll}
      </Button>
      {user.disabledAt === null ? (
        <Button variant="light" color="red" loading={disable.isPending} onClick={() => void askDisable()}>
          {t.disable}
        </Button>
      ) : (
        <Button loading={enable.isPending} onClick={() => void askEnable()}>
          {t.enable}
        </Button>
      )}
    </>
  )
}
