import { Stack, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTexts } from '../../messages/use-texts.tsx'
import { Page } from '../../parts/page.tsx'
import { useOpenTabInSight } from '../../parts/use-open-tab.ts'
import { inboxQuery } from './inbox-query.ts'
import { mailQueueTexts } from './texts.ts'

export interface MailPageProps {
  readonly view: '/mail' | '/mail/suppressed' | '/mail/inbox'
  readonly lead: string
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** What all pages of mails share: their title, and a tab for each. */
export function MailPage({ view, lead, actions, children }: MailPageProps) {
  const t = useTexts(mailQueueTexts)
  const navigate = useNavigate()
  const { data: inbox } = useQuery(inboxQuery)
  const list = useOpenTabInSight(view)
  return (
    <Page title={t.title} lead={lead} actions={actions}>
      <Tabs value={view} activateTabWithKeyboard={false} onChange={(to) => to && void navigate({ to })}>
        <Tabs.List ref={list} aria-label={t.views} mb="md">
          <Tabs.Tab value="/mail">{t.queue}</Tabs.Tab>
          <Tabs.Tab value="/mail/suppressed">{t.suppressed}</Tabs.Tab>
          {(inbox || view === '/mail/inbox') && <Tabs.Tab value="/mail/inbox">{t.inbox}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value={view}>
          <Stack gap="md">{children}</Stack>
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}
