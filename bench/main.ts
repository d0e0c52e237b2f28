import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Figure, Pace } from './benchmark.ts'
import { benchmarks } from './benchmarks/index.ts'
import { machine, type Report, toMarkdown, toText } from './report.ts'

const full: Pace = { rounds: 5, roundMs: 2000 }
const quick: Pace = { rounds: 2, roundMs: 300 }

/** The command. @returns its exit code */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  })
  const unknown = positionals.find((name) => !Object.hasOwn(benchmarks, name))
  if (unknown !== undefined) {
    console.error(`There is no benchmark called ${unknown}. There are: ${Object.keys(benchmarks).join(', ')}.`)
    return 2
  }
  const names = Object.keys(benchmarks).filter((name) => positionals.length === 0 || positionals.includes(name))
  const pace = values.quick ? quick : full
  const where = machine()
  const results: Report['results'][number][] = []
  let failed = false
  for (const name of names) {
    console.error(`${name} ...`)
    const figures = await runOne(name, pace, values.profile)
    if (figures) results.push({ name, definition: benchmarks[name]?.definition ?? '', figures })
    else {
      console.error(`${name} failed: its figures are left out`)
      failed = true
    }
  }
  const report: Report = { ...where, at: new Date().toISOString(), pace, results }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
  console.log(values.markdown ? toMarkdown(report) : toText(report))
  return failed ? 1 : 0
}

/** @returns `undefined` when it failed, which it has said itself */
async function runOne(name: string, { rounds, roundMs }: Pace, profile: boolean): Promise<readonly Figure[] | undefined> {
  const child = fork(fileURLToPath(new URL('./one.js', import.meta.url)), [name, String(rounds), String(roundMs)], {
    execArgv: profile ? ['--cpu-prof', '--cpu-prof-dir=tmp/profiles'] : [],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const exited = once(child, 'exit')
  let figures: readonly Figure[] | undefined
  child.once('message', (message) => {
    figures = message as readonly Figure[]
  })
  const [code] = await exited
  if (code === 130 || code === null) throw new Error(`${name} was interrupted`)
  return code === 0 ? figures : undefined
}
