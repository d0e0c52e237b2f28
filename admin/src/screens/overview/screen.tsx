import { SegmentedControl, SimpleGrid, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useOperator } from '../../data/operator.tsx'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { Quiet, Refused } from '../../parts/states.tsx'
import { ChartSection } from './chart.tsx'
import { Checklist } from './checklist.tsx'
import { charts, dailyQuery, rangeOf, ranges } from './figures.ts'
import { overviewTexts } from './texts.ts'

/** How the house does by day, and what is owed before people come. */
export default function OverviewScreen() {
  const t = useTexts(overviewTexts)
  const { has } = useOperator()
  const { days } = useSearch({ strict: false }) as { days?: string }
  const change = useWords()
  return (
    <Page
      title={t.title}
      actions={
        has('telemetry') && (
          <SegmentedControl
            size="xs"
            aria-label={t.range}
            value={rangeOf(days)}
            onChange={(range) => change({ days: range === '30' ? undefined : range })}
            data={ranges.map((range) => ({ value: range, label: t.days(Number(range)) }))}
          />
        )
      }
    >
      <Checklist />
      {has('telemetry') ? (
        <Charts />
      ) : (
        <Section>
          <Quiet icon="chart" title={t.offTitle}>
            {t.off}
          </Quiet>
        </Section>
      )}
    </Page>
  )
}

/** Changes words of the address, in its place. */
function useWords() {
  const navigate = useNavigate()
  return (words: Readonly<Record<string, string | undefined>>) =>
    void navigate({
      to: '.',
      search: ((was: object) => ({ ...was, ...words })) as never,
      replace: true,
      resetScroll: false,
    })
}

function Charts() {
  const t = useTexts(overviewTexts)
  const frame = useFrameTexts()
  const change = useWords()
  const search = useSearch({ strict: false }) as { days?: string; table?: string }
  const daily = useQuery(dailyQuery(rangeOf(search.days)))
  const tables = search.table?.split('.') ?? []
  if (daily.isError && !daily.data) return <Refused error={daily.error} retry={() => void daily.refetch()} />
  const show = (id: string, asTable: boolean) =>
    change({ table: [...tables.filter((one) => one !== id), ...(asTable ? [id] : [])].join('.') || undefined })
  return (
    <>
      <SimpleGrid cols={{ base: 1, md: 2 }} aria-busy={daily.isPending}>
        {charts.map((chart) =>
          daily.data ? (
            <ChartSection
              key={chart.id}
              chart={chart}
              days={daily.data.days}
              isTable={tables.includes(chart.id)}
              show={(asTable) => show(chart.id, asTable)}
            />
          ) : (
            <Skeleton key={chart.id} h={300} aria-label={frame.list.loading} />
          ),
        )}
      </SimpleGrid>
      <Text size="xs" c="dimmed">
        {t.utc}
      </Text>
    </>
  )
}
