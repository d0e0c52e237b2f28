/**
 * Runs the experiments and counts them; the report is a table for the guide.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, release } from 'node:os'
import { parseArgs } from 'node:util'
import { asOne } from './as-one.ts'
import { type Experiment, inWords, longForm, type Outcome, type Size, shortForm } from './experiment.ts'
import { f01 } from './f01.ts'
import { f02 } from './f02.ts'
import { f04 } from './f04.ts'
import { f05 } from './f05.ts'
import { f07 } from './f07.ts'
import { f08 } from './f08.ts'
import { f10 } from './f10.ts'
import { f13 } from './f13.ts'
import { f14 } from './f14.ts'
import { within } from './nodes.ts'
import { privatePostgres } from './postgres.ts'

/** Those that wait most first: beside them others have the processors. */
const experiments: readonly Experiment[] = [f05, f08, f01, f10, f14, f02, f04, f13, asOne, f07]
/** How many of the short form run at once. */
const atOnce = 3
/** What hangs has failed. The longest, F-01 with 20 kills at each failpoint, takes hours. */
const patienceMs = 24 * 3_600_000
const shortPatienceMs = 1_200_000
const page = 'docs/guide/reliability.md'

interface Row extends Outcome {
  readonly id: string
  readonly title: string
  readonly tookMs: number
}

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const options = { short: { type: 'boolean', default: false }, markdown: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const { size, given } = sizeOf(values.short ? shortForm : longForm)
  const form = [values.short ? 'short' : 'long', ...given].join(' ')
  const chosen = experiments.filter(({ id }) => positionals.length === 0 || positionals.includes(id))
  if (chosen.length === 0) throw new Error(`there is: ${experiments.map(({ id }) => id).join(', ')}`)
  const rows: Row[] = []
  const postgres = await privatePostgres()
  try {
    const todo = [...chosen]
    const work = async () => {
      for (let next = todo.shift(); next; next = todo.shift())
        rows.push(await perform(next, { postgres, size }, values.short ? shortPatienceMs : patienceMs))
    }
    // The long form measures, so nothing runs beside it; the short one only judges.
    await Promise.all(Array.from({ length: values.short ? atOnce : 1 }, work))
  } finally {
    await postgres.close()
  }
  if (values.markdown) writeFileSync(page, withReport(readFileSync(page, 'utf8'), rows, form))
  const failed = rows.filter(({ violations }) => violations.length > 0).length
  console.log(`${rows.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

async function perform(
  { id, title, run }: Experiment,
  lab: { postgres: Lab['postgres']; size: Size },
  limitMs: number,
): Promise<Row> {
  const since = performance.now()
  const say = (line: string) => console.log(`${id}    ${line}`)
  console.log(`${id}  ${title}`)
  // An experiment that breaks has shown nothing.
  const outcome = await within(limitMs, run({ ...lab, say }), 'it does not end').catch((error: Error) => ({
    done: 'broke',
    figures: [],
    violations: [error.stack ?? error.message],
  }))
  const tookMs = performance.now() - since
  const { done, figures, violations } = outcome
  for (const line of [done, ...figures]) say(line)
  for (const violation of violations.slice(0, 20)) say(`VIOLATED ${violation}`)
  say(`${violations.length} violations, ${inWords(tookMs)}`)
  return { id, title, tookMs, ...outcome }
}

type Lab = Parameters<Experiment['run']>[0]

/** `failpointRounds` is `FAULTS_FAILPOINT_ROUNDS` in the environment. @returns the size, and how it differs from the form */
function sizeOf(form: Size): { readonly size: Size; readonly given: readonly string[] } {
  const named = (key: string) => `FAULTS_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
  const given = Object.keys(form).flatMap((key) => {
    const value = process.env[named(key)]
    if (value === undefined) return []
    if (!(Number(value) > 0)) throw new Error(`${named(key)} is a number above 0`)
    return [[key, Number(value)] as const]
  })
  return { size: { ...form, ...Object.fromEntries(given) }, given: given.map(([key, value]) => `${named(key)}=${value}`) }
}

/** The page with the table between its marks replaced; rows that were not run this time stay. */
export function withReport(text: string, rows: readonly Row[], form: string): string {
  const marks = /(<!-- faults:begin[^\n]*-->\n)([\s\S]*?)(<!-- faults:end -->)/
  const [, begin, old = '', end] = marks.exec(text) ?? []
  if (begin === undefined) throw new Error(`${page} has no marks for the report`)
  const lines = new Map(
    old.split('\n').flatMap((line) => (/^\| F-|^\| Nodes/.test(line) ? [[line.split('|')[1]?.trim(), line] as const] : [])),
  )
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${platform()} ${release()} ${arch()}, Node ${process.version}`
  for (const row of rows) lines.set(row.id, lineOf(row, form))
  const head = [`Last run on ${machine}, ${new Date().toISOString().slice(0, 10)}.`, '']
  const table = ['| Id | Fault | Form | Done | Seen | Violations |', '|---|---|---|---|---|---|', ...[...lines.values()].sort()]
  return text.replace(marks, () => `${begin}${[...head, ...table].join('\n')}\n${end}`)
}

const lineOf = ({ id, title, done, figures, violations, tookMs }: Row, form: string): string =>
  `| ${[id, title, `${form}, ${inWords(tookMs)}`, done, figures.join('; '), violations.length].join(' | ')} |`
