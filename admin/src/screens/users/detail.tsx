/**
 * One user: who they are, what can be done, and a tab for each feature that has something to show of them.
 *
 * @module
 */
import { Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazyRouteComponent, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Suspense, useEffect } from 'react'
import { useOperator } from '../../data/operator.tsx'
import { useLanguage, useTexts } from '../../messages/use-texts.tsx'
import { calledOf } from '../../parts/called.ts'
import { Copyable } from '../../parts/copy.tsx'
import { Page, PageLoading } from '../../parts/page.tsx'
import { Refused } from '../../parts/states.tsx'
import { useOpenTabInSight } from '../../parts/use-open-tab.ts'
import { UserActs } from './acts.tsx'
import { Leaving } from './leaving.tsx'
import { UserState } from './state.tsx'
import { tabs } from './tabs.ts'
import { usersTexts } from './texts.ts'
import { type UserDetail, userQuery } from './user-query.ts'

const loaded = Object.fromEntries(tabs.map(({ id, load }) => [id, lazyRouteComponent(load)]))

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
      actions={<UserActs user={user.data} />}
    >
      <Leaving id={user.data.id} />
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
  useEffect(() => {
    for (const { id } of shown) void loaded[id]?.preload?.() // whoever looks at a user goes from tab to tab
  })
  const list = useOpenTabInSight(open?.id)
  if (!open) return null
  return (
    <Tabs
      value={open.id}
      activateTabWithKeyboard={false}
      onChange={(id) => void navigate({ to: '.', search: (id === shown[0]?.id ? {} : { tab: id }) as never, resetScroll: false })}
    >
      <Tabs.List ref={list} aria-label={t.tabs} mb="md">
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
