import { Button, Skeleton } from '@mantine/core'
import { lazy, Suspense, useMemo, useState } from 'react'
import { type Language, number } from '../../messages/language.ts'
import { useLanguage, useTexts } from '../../messages/use-texts.tsx'
import { regional } from '../../parts/ago.tsx'
import { Section } from '../../parts/page.tsx'
import classes from './chart.module.css'
import { type Chart, type Day, told } from './figures.ts'
import { overviewTexts } from './texts.ts'

const Drawing = lazy(() => import('./drawing.tsx'))

const height = 180

export interface ChartSectionProps {
  readonly chart: Chart
  readonly days: readonly Day[]
  readonly isTable: boolean
  readonly show: (asTable: boolean) => void
}

/** One chart, or its numbers. */
export function ChartSection({ chart, days, isTable, show }: ChartSectionProps) {
  const t = useTexts(overviewTexts)
  const title = t.charts[chart.id]
  return (
    <Section
      title={title}
      actions={
        <Button
          variant="subtle"
          size="compact-sm"
          aria-label={isTable ? t.chartNamed(title) : t.tableNamed(title)}
          onClick={() => show(!isTable)}
        >
          {isTable ? t.asChart : t.asTable}
        </Button>
      }
    >
      {isTable ? <Numbers chart={chart} days={days} /> : <Lines chart={chart} days={days} />}
    </Section>
  )
}

const isBad = (chart: Chart, index: number): boolean => chart.isBad === true || index > 0

function Lines({ chart, days }: Pick<ChartSectionProps, 'chart' | 'days'>) {
  const t = useTexts(overviewTexts)
  const { language } = useLanguage()
  const [pointed, setPointed] = useState<number>()
  const at = useMemo(() => days.map(({ day }) => Date.parse(day) / 1000), [days])
  const lines = useMemo(
    () => chart.series.map((series, index) => ({ values: days.map((day) => day[series]), isBad: isBad(chart, index) })),
    [chart, days],
  )
  const day = pointed === undefined ? undefined : days[pointed]
  const unit = day ? inWords(day.day, language) : chart.tells === 'most' ? t.most : t.days(days.length)
  const value = (series: Chart['series'][number]) => number(language, day ? day[series] : told(days, series, chart.tells))
  const inAll = chart.series.map((series) => `${t.series[series]}: ${number(language, told(days, series, chart.tells))}`)
  return (
    <>
      <dl className={classes.figures}>
        {chart.series.map((series, index) => (
          <div key={series}>
            <dt>
              <span className={classes.mark} data-bad={isBad(chart, index) || undefined} />
              {chart.series.length > 1 ? `${t.series[series]}, ${unit}` : unit}
            </dt>
            <dd>{value(series)}</dd>
          </div>
        ))}
      </dl>
      <div role="img" aria-label={t.drawn(t.charts[chart.id], days.length, inAll.join(', '))}>
        <Suspense fallback={<Skeleton h={height} aria-label={t.loading} />}>
          <Drawing days={at} lines={lines} language={language} height={height} onPoint={setPointed} />
        </Suspense>
      </div>
    </>
  )
}

const inWords = (day: string, language: Language): string =>
  new Intl.DateTimeFormat(regional(language), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(day))

function Numbers({ chart, days }: Pick<ChartSectionProps, 'chart' | 'days'>) {
  const t = useTexts(overviewTexts)
  const { language } = useLanguage()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className={classes.numbers} tabIndex={0} aria-label={t.charts[chart.id]}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.day}</th>
            {chart.series.map((series) => (
              <th key={series} scope="col">
                {t.series[series]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.toReversed().map((day) => (
            <tr key={day.day}>
              <th scope="row">{inWords(day.day, language)}</th>
              {chart.series.map((series) => (
                <td key={series}>{number(language, day[series])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
