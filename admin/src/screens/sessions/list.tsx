import { useTexts } from '../../messages/use-texts.tsx'
import { Page } from '../../parts/page.tsx'
import { SessionsTable } from './table.tsx'
import { sessionsTexts } from './texts.ts'

export default function SessionsScreen() {
  const t = useTexts(sessionsTexts)
  return (
    <Page title={t.title} lead={t.lead}>
      <SessionsTable />
    </Page>
  )
}
