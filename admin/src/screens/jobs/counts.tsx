import { Anchor, Skeleton, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { number } from '../../messages/language.ts'
import { useLanguage, useTexts } from '../../messages/use-texts.tsx'
import { Section } from '../../parts/page.tsx'
import { Refused } from '../../parts/states.tsx'
import type { JobState } from './state.tsx'
import { jobsTexts } from './texts.ts'

export const countsQuery = { queryKey: ['jobs', 'counts'], queryFn: () => api.jobs.counts(), refetchInterval: 10_000 }

/** As the titles of every other list. */
const heading = { fz: '0.78rem', fw: 500, c: 'dimmed' } as const

const states: readonly JobState[] = ['dead', 'due', 'running', 'waiting']

/** How many jobs there are of each kind, by state; each number leads to its list. */
export function Counts() {
  const t = useTexts(jobsTexts)
  const { data, error, refetch } = useQuery(countsQuery)
  if (error && !data) return <Refused error={error} retry={() => void refetch()} />
  if (!data) return <Skeleton h={160} />
  return (
    <Section title={t.counts} flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to scroll by keyboard (WCAG 2.2, 2.1.1) */}
      <section style={{ overflowX: 'auto' }} tabIndex={0} aria-label={t.counts}>
        <Table verticalSpacing={6} horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col" {...heading}>
                {t.kind}
              </Table.Th>
              {states.map((state) => (
                <Table.Th key={state} scope="col" ta="right" {...heading}>
                  {t.states[state]}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.counts.map((row) => (
              <Table.Tr key={row.kind}>
                <Table.Th scope="row" fw={500} ff="monospace" fz="xs">
                  {row.kind}
                </Table.Th>
                {states.map((state) => (
                  <Table.Td key={state} ta="right">
                    <Count kind={row.kind} state={state} {...row[state]} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
    </Section>
  )
}

function Count({ kind, state, count, exact }: { kind: string; state: JobState; count: number; exact: boolean }) {
  const t = useTexts(jobsTexts)
  const { language } = useLanguage()
  const said = exact ? number(language, count) : t.more(number(language, count))
  if (count === 0)
    return (
      <Text component="span" inherit c="dimmed">
        {said}
      </Text>
    )
  return (
    <Anchor
      inherit
      fw={600}
      {...(state === 'dead' && { c: 'var(--mantine-color-error)' })}
      aria-label={t.link(said, kind, t.states[state])}
      renderRoot={(props) => <Link to="." search={{ kind, state } as never} resetScroll={false} {...props} />}
    >
      {said}
    </Anchor>
  )
}
