/**
 * The figures of the overview: which charts there are, over which days, and what they add up to.
 *
 * @module
 */
import { api } from '../../data/api.ts'

export type Day = Awaited<ReturnType<typeof api.telemetry.daily>>['days'][number]
export type Series = Exclude<keyof Day, 'day'>

export interface Chart {
  readonly id: 'logins' | 'registrations' | 'activeUsers' | 'mailFailures'
  readonly series: readonly Series[]
  /** A sum over days counts people who came on two days twice: of these the largest day is told. */
  readonly tells: 'sum' | 'most'
  /** Drawn in the colour of what went wrong. */
  readonly isBad?: boolean
}

export const charts: readonly Chart[] = [
  { id: 'logins', series: ['logins', 'failures'], tells: 'sum' },
  { id: 'activeUsers', series: ['activeUsers'], tells: 'most' },
  { id: 'registrations', series: ['registrations'], tells: 'sum' },
  { id: 'mailFailures', series: ['mailFailures'], tells: 'sum', isBad: true },
]

export const ranges = ['7', '30', '90'] as const
export type Range = (typeof ranges)[number]

/** What the address asks for, where it is one of ours. */
export const rangeOf = (days: string | undefined): Range => ranges.find((range) => range === days) ?? '30'

const dayMs = 86_400_000
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** The last days up to today, in UTC as the server counts them. */
export const dailyQuery = (range: Range) => ({
  queryKey: ['telemetry', 'daily', range],
  refetchInterval: 60_000,
  queryFn: () => {
    const now = Date.now()
    return api.telemetry.daily({ from: dayOf(now - (Number(range) - 1) * dayMs), to: dayOf(now) })
  },
})

/** One figure for all days. */
export function told(days: readonly Day[], series: Series, tells: Chart['tells']): number {
  const values = days.map((day) => day[series])
  return tells === 'sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(0, ...values)
}
