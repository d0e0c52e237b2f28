/**
 * Figures as people and programs read them.
 *
 * @module
 */
import { arch, cpus, loadavg, platform, release } from 'node:os'
import type { Figure, Pace } from './benchmark.ts'

/** Where figures were measured. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly system: string
  readonly node: string
  /** The load average of the last minute before the run: what else the machine was doing. */
  readonly loadBefore: number
}

/** A whole run. */
export interface Report extends Machine {
  readonly at: string
  readonly pace: Pace
  readonly results: readonly { readonly name: string; readonly definition: string; readonly figures: readonly Figure[] }[]
}

/** This machine. */
export function machine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    loadBefore: loadavg()[0] ?? 0,
  }
}

/** One table for a terminal. */
export function toText(report: Report): string {
  const rows = [
    ['benchmark', 'figure', 'median', 'least to most', 'ratio', 'asked'],
    ...report.results.flatMap(({ name, figures }) =>
      figures.map((figure) => [
        name,
        ...cells(figure),
        verdictsOn(figure)
          .map(([asked, , met]) => `${asked}: ${met}`)
          .join('; '),
      ]),
    ),
  ]
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, cell.length)), [])
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [heading(report), '', ...lines].join('\n')
}

/** The block of docs/guide/performance.md between its marks: first what was asked and what came of it, then everything. */
export function toMarkdown(report: Report): string {
  const sections = report.results.flatMap(({ name, definition, figures }) => [
    `### ${name}`,
    '',
    `${definition}`,
    '',
    commandOf(name),
    '',
    ...table(
      ['Figure', 'Median', 'Least to most', 'Ratio'],
      figures.map((figure) => cells(figure)),
    ),
    '',
  ])
  return [heading(report), '', ...asked(report), ...sections].join('\n').trimEnd()
}

/** A row for each target, so that the page cannot promise what the run did not measure. */
function asked({ results }: Report): readonly string[] {
  const rows = results.flatMap(({ name, figures }) =>
    figures.flatMap((figure) => verdictsOn(figure).map((verdict) => [figure.name, ...verdict, commandOf(name)])),
  )
  return rows.length === 0 ? [] : [...table(['Figure', 'Asked', 'Measured', 'Verdict', 'Command'], rows), '']
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)]
}

const commandOf = (name: string): string => `\`npm run bench -- ${name}\``

const heading = ({ cpu, cores, system, node, at, loadBefore, pace }: Report): string =>
  `${cpu}, ${cores} cores, ${system}, Node ${node}, ${at.slice(0, 10)}; load average before the run ${loadBefore.toFixed(1)}; median of ${pace.rounds} rounds.`

function cells(figure: Figure): readonly string[] {
  const { name, unit, value, least, most, ratios } = figure
  const compared = Object.entries(ratios).map(([base, ratio]) => `${times(ratio)} × ${base}`)
  return [
    name,
    quantity(value, unit),
    `${short(least, unit)} to ${short(most, unit)}`,
    compared.length === 0 ? 'baseline' : compared.join('; '),
  ]
}

/** What was asked, what was measured, and whether that is enough. */
function verdictsOn({ unit, value, ratios, target }: Figure): readonly (readonly string[])[] {
  if (!target) return []
  const { of, atLeast, atMost } = target
  const verdict = (measured: number, write: (number: number) => string) => {
    const limit = atLeast === undefined ? `at most ${write(atMost ?? 0)}` : `at least ${write(atLeast)}`
    const met = measured >= (atLeast ?? measured) && measured <= (atMost ?? measured)
    return [limit, write(measured), met ? 'met' : 'missed']
  }
  if (of === 'value') return [verdict(value, (number) => quantity(number, unit))]
  return Object.entries(ratios).map(([base, ratio]) => verdict(ratio, (number) => `${times(number)} × ${base}`))
}

const suffixes: Readonly<Record<Figure['unit'], string>> = {
  'per second': ' /s',
  'per core second': ' /s a core',
  ms: ' ms',
  MiB: ' MiB',
  kB: ' kB',
  times: '',
}

const quantity = (value: number, unit: Figure['unit']): string => short(value, unit) + suffixes[unit]

const times = (ratio: number): string => (ratio < 10 ? ratio.toPrecision(2) : Math.round(ratio).toLocaleString('en-US'))

/** Three digits say what a machine with neighbours can say. */
const short = (value: number, unit: Figure['unit']): string =>
  value >= 100 || unit === 'times' ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 10 ? 1 : 2)
