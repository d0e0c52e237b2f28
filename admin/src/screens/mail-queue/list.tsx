import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useList } from '../../data/use-list.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { FilterSelect, ListBar } from '../../parts/list-bar.tsx'
import { useSelection } from '../../parts/use-selection.ts'
import { DeadButtons, RedriveAll, useJobActs } from '../jobs/acts.tsx'
import { JobBadge } from '../jobs/state.tsx'
import { jobsTexts } from '../jobs/texts.ts'
import { mailTemplatesTexts } from '../mail-templates/texts.ts'
import { UserName } from '../users/user-name.tsx'
import { MailPage } from './frame.tsx'
import { mailQueueTexts } from './texts.ts'

type QueuedMail = Awaited<ReturnType<typeof api.mail.listQueue>>['mails'][number]

/** Mails that are owed, or were given up. */
export default function MailQueueScreen() {
  const t = useTexts(mailQueueTexts)
  const jobs = useTexts(jobsTexts)
  const { names } = useTexts(mailTemplatesTexts)
  const { may } = useOperator()
  const acts = useJobActs()
  const selection = useSelection()
  const list = useList({ key: 'mails', asks: ['state'], fetch: api.mail.listQueue, rows: (page) => page.mails, every: 10_000 })
  const isDead = list.asked.state === 'dead'
  const nameOf = ({ template, id }: QueuedMail) => `${names[template] ?? template} ${id.slice(-6)}`
  return (
    <MailPage view="/mail" lead={t.lead} actions={isDead && list.rows.length > 0 && <RedriveAll kind="mail.send" />}>
      <ListBar list={list}>
        <FilterSelect list={list} ask="state" label={jobs.state} any={jobs.owed} values={jobs.states} />
      </ListBar>
      <DataTable<QueuedMail>
        label={t.queue}
        list={list}
        id={({ id }) => id}
        name={nameOf}
        to={({ id }) => `/jobs/${encodeURIComponent(id)}`}
        columns={columnsOf(t, jobs, names)}
        empty={{ title: t.empty, help: t.emptyHelp }}
        {...(may('manage') &&
          isDead && {
            selection,
            actions: (mail) => <DeadButtons ids={[mail.id]} name={nameOf(mail)} acts={acts} />,
            bulk: (ids) => <DeadButtons ids={ids} acts={acts} />,
          })}
      />
    </MailPage>
  )
}

function columnsOf(
  t: (typeof mailQueueTexts)['en'],
  jobs: (typeof jobsTexts)['en'],
  names: Readonly<Record<string, string>>,
): readonly Column<QueuedMail>[] {
  return [
    {
      key: 'mail',
      title: t.mail,
      cell: ({ id, template }) => (
        <Anchor inherit renderRoot={(props) => <Link to={`/jobs/${encodeURIComponent(id)}`} {...props} />}>
          {(names[template] ?? template) || '–'}
        </Anchor>
      ),
    },
    { key: 'about', title: t.about, cell: (mail) => <About {...mail} /> },
    { key: 'state', title: jobs.state, cell: ({ state }) => <JobBadge state={state} /> },
    { key: 'attempts', title: jobs.attempts, wide: true, cell: ({ attempts }) => attempts },
    { key: 'created', title: jobs.created, cell: ({ createdAt }) => <Ago at={createdAt} /> },
    {
      key: 'error',
      title: jobs.error,
      cell: ({ lastError }) => (
        <Text inherit component="span" lineClamp={2}>
          {lastError ?? '–'}
        </Text>
      ),
    },
  ]
}

const About = ({ userId, address }: QueuedMail) => (
  <Text inherit component="span" display="block" miw="9rem">
    {userId === null ? (address ?? '–') : <UserName id={userId} />}
  </Text>
)
