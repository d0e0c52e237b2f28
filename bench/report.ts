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
    ['benchmark', 'figure', 'median', 'least to most', 'ratio'],
    ...report.results.flatMap(({ name, figures }) => figures.map((figure) => [name, ...cells(figure, figures)])),
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

/** The block of docs/guide/performance.md between its marks. */
export function toMarkdown(report: Report): string {
  const sections = report.results.flatMap(({ name, definition, figures }) => [
    `### ${name}`,
    '',
    `${definition}`,
    '',
    `\`npm run bench -- ${name}\``,
    '',
    '| Figure | Median | Least to most | Ratio |',
    '|---|---|---|---|',
    ...figures.map((figure) => `| ${cells(figure, figures).join(' | ')} |`),
    '',
  ])
  return [heading(report), '', ...sections].join('\n').trimEnd()
}

const heading = ({ cpu, cores, system, node, at, loadBefore, pace }: Report): string =>
  `${cpu}, ${cores} cores, ${system}, Node ${node}, ${at.slice(0, 10)}; load average before the run ${loadBefore.toFixed(1)}; median of ${pace.rounds} rounds.`

function cells(figure: Figure, all: readonly Figure[]): readonly string[] {
  const { name, unit, value, least, most } = figure
  return [name, `${short(value)} ${unit === 'ms' ? 'ms' : '/s'}`, `${short(least)} to ${short(most)}`, ratioOf(figure, all)]
}

function ratioOf({ value, against }: Figure, all: readonly Figure[]): string {
  if (against === undefined) return 'baseline'
  const base = all.find(({ name }) => name === against)
  if (!base) throw new Error(`there is no figure called ${against}`)
  const ratio = value / base.value
  return `${ratio < 10 ? ratio.toPrecision(2) : Math.round(ratio).toLocaleString('en-US')} × ${against}`
}

/** Three digits say what a machine with neighbours can say. */
const short = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 10 ? 1 : 2)
