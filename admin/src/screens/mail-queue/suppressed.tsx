import { Button } from '@mantine/core'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useList } from '../../data/use-list.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { MailPage } from './frame.tsx'
import { mailQueueTexts } from './texts.ts'

type Suppressed = Awaited<ReturnType<typeof api.mail.listSuppressed>>['addresses'][number]

/** Addresses nothing is sent to, until somebody says otherwise. */
export default function SuppressedScreen() {
  const t = useTexts(mailQueueTexts)
  const { may } = useOperator()
  const list = useList({ key: 'suppressed', asks: [], fetch: api.mail.listSuppressed, rows: (page) => page.addresses })
  const release = useAct({
    run: (address: string) => api.mail.release({ address }),
    done: (_, address) => t.released(address),
    touches: ['suppressed'],
  })
  const ask = async (address: string) => {
    if ((await confirm({ title: t.releaseTitle, body: address, act: t.release, danger: false })) !== undefined)
      release.mutate(address)
  }
  return (
    <MailPage view="/mail/suppressed" lead={t.suppressedLead}>
      <DataTable<Suppressed>
        label={t.suppressed}
        list={list}
        id={({ address }) => address}
        name={({ address }) => address}
        columns={[
          { key: 'address', title: t.address, cell: ({ address }) => address },
          { key: 'reason', title: t.reason, cell: ({ reason }) => reason },
          { key: 'since', title: t.since, cell: ({ since }) => <Ago at={since} /> },
        ]}
        empty={{ title: t.noneSuppressed, help: t.noneSuppressedHelp }}
        {...(may('help') && {
          actions: ({ address }) => (
            <Button variant="subtle" size="compact-sm" aria-label={t.releaseNamed(address)} onClick={() => void ask(address)}>
              {t.release}
            </Button>
          ),
        })}
      />
    </MailPage>
  )
}
