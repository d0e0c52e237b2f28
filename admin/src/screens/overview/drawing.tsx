/**
 * Lines over days. Loaded lazily: it brings the library that draws.
 *
 * @module
 */
import 'uplot/dist/uPlot.min.css'
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import type { Language } from '../../messages/language.ts'
import { regional } from '../../parts/ago.tsx'
import classes from './drawing.module.css'

export interface DrawingProps {
  /** Midnights in UTC, in seconds. */
  readonly days: readonly number[]
  readonly lines: readonly { readonly values: readonly number[]; readonly isBad: boolean }[]
  readonly language: Language
  readonly height: number
  /** What stands under the pointer; `undefined` when it has left. */
  readonly onPoint: (index: number | undefined) => void
}

export default function Drawing({ days, lines, language, height, onPoint }: DrawingProps) {
  const host = useRef<HTMLDivElement>(null)
  const point = useRef(onPoint)
  point.current = onPoint
  const scheme = useComputedColorScheme('light')
  // Colours on a canvas do not follow the scheme by themselves.
  // biome-ignore lint/correctness/useExhaustiveDependencies: as said
  useEffect(() => {
    const box = host.current
    if (!box) return
    const plot = new UPlot(
      optionsOf({ box, lines, language, height, onPoint: (index) => point.current(index) }),
      [[...days], ...lines.map(({ values }) => [...values])],
      box,
    )
    const watch = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height }))
    watch.observe(box)
    return () => {
      watch.disconnect()
      plot.destroy()
    }
  }, [days, lines, language, height, scheme])
  return <div ref={host} className={classes.drawing} style={{ height }} />
}

function optionsOf({ box, lines, language, height, onPoint }: Omit<DrawingProps, 'days'> & { box: HTMLElement }): UPlot.Options {
  const style = getComputedStyle(box)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const day = new Intl.DateTimeFormat(regional(language), { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const count = new Intl.NumberFormat(language, { notation: 'compact' })
  const axis = {
    stroke: colour('--mantine-color-dimmed'),
    font: `11px ${style.fontFamily}`,
    ticks: { show: false },
  }
  return {
    width: box.clientWidth,
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    tzDate: (at) => UPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
    scales: { y: { range: (_, __, most) => [0, Math.max(4, Math.ceil(most * 1.1))] } },
    axes: [
      { ...axis, size: 26, space: 64, grid: { show: false }, values: (_, at) => at.map((each) => day.format(each * 1000)) },
      {
        ...axis,
        size: 40,
        grid: { stroke: colour('--panel-line'), width: 1 },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000],
        values: (_, at) => at.map((each) => count.format(each)),
      },
    ],
    series: [
      {},
      ...lines.map(({ isBad }) => {
        const stroke = colour(isBad ? '--mantine-color-error' : '--mantine-color-anchor')
        return { stroke, width: 2, points: { show: false }, ...(isBad ? { dash: [5, 4] } : { fill: `${stroke}1f` }) }
      }),
    ],
    hooks: { setCursor: [({ cursor: { idx } }) => onPoint(idx ?? undefined)] },
  }
}
