import { Code } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { Copyable } from '../../parts/copy.tsx'
import { Fact, Facts, Page, PageLoading, Section } from '../../parts/page.tsx'
import { Refused } from '../../parts/states.tsx'
import { DeadButtons, useJobActs } from './acts.tsx'
import { JobBadge } from './state.tsx'
import { jobsTexts } from './texts.ts'

/** One job. What it carries stays in the database. */
export default function JobScreen() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const t = useTexts(jobsTexts)
  const navigate = useNavigate()
  const acts = useJobActs(() => void navigate({ to: '/jobs' }))
  const { data: job, error, refetch } = useQuery({ queryKey: ['jobs', 'one', id], queryFn: () => api.jobs.get({ id }) })
  if (error) return <Refused page error={error} retry={() => void refetch()} />
  if (!job) return <PageLoading />
  return (
    <Page
      title={job.kind}
      crumbs={[{ label: t.title, to: '/jobs' }]}
      beside={<JobBadge state={job.state} />}
      lead={<Copyable value={job.id} />}
      actions={job.state === 'dead' && <DeadButtons ids={[job.id]} acts={acts} size="sm" />}
    >
      <Section>
        <Facts>
          <Fact name={t.attempts}>{job.attempts}</Fact>
          <Fact name={t.created}>
            <Ago at={job.createdAt} />
          </Fact>
          <Fact name={t.dueAt}>
            <Ago at={job.dueAt} never="–" />
          </Fact>
        </Facts>
      </Section>
      <Section title={t.error}>{job.lastError === null ? t.none : <Code block>{job.lastError}</Code>}</Section>
    </Page>
  )
}
