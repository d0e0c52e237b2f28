import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Benchmark, compare } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'
import { freePort } from '../ports.ts'

const bare = 'node alone'
const script = fileURLToPath(new URL('../children/ready.js', import.meta.url))

/** From nothing to ready. */
export const boot: Benchmark = {
  definition:
    'Milliseconds from starting a Node process to the line that says it is ready, SQLite. "node alone" prints that line and does nothing else. `createAuth().ready()` is an application that imports Keywright; `keywright serve --migrate` is the standalone server until it listens. An empty database is migrated and gets its signing key, and the server makes its first admin; an existing one only finds them.',
  run: (pace) =>
    withPlaces(async ({ folder }) => {
      let made = 0
      const fresh = () => `${folder}/fresh-${made++}`
      const application = (path: string) => msUntil([script, path], 'ready')
      const serverOn = async (path: string) => msUntil(await serveArgs(path), '"listening"', serveEnv)
      await application(`${folder}/existing.db`)
      await serverOn(`${folder}/existing`)
      return compare(pace, [
        { name: bare, unit: 'ms', round: () => msUntil(['--eval', 'console.log("ready")'], 'ready') },
        { name: 'createAuth().ready(), empty', unit: 'ms', against: [bare], round: () => application(`${fresh()}.db`) },
        {
          name: 'createAuth().ready(), existing',
          unit: 'ms',
          against: [bare],
          round: () => application(`${folder}/existing.db`),
        },
        { name: 'keywright serve, empty', unit: 'ms', against: [bare], round: () => serverOn(fresh()) },
        { name: 'keywright serve, existing', unit: 'ms', against: [bare], round: () => serverOn(`${folder}/existing`) },
      ])
    }),
}

const serveEnv = { KEYWRIGHT_SECRET: 'ib2Vt7Yq0Wc4Lr9Zs1Nf6Hk3Xd8Pm5Ju', KEYWRIGHT_ALLOW_HTTP: 'true' }

const serveArgs = async (dataDir: string): Promise<readonly string[]> => [
  'dist/cli/main.js',
  ...['serve', '--migrate', '--port', String(await freePort()), '--data-dir', dataDir],
]

/** Starts Node and stops it once `mark` has been printed. @returns how long that took */
async function msUntil(args: readonly string[], mark: string, env: Readonly<Record<string, string>> = {}): Promise<number> {
  const since = performance.now()
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const stop = () => child.kill('SIGKILL')
  process.once('exit', stop)
  let printed = ''
  let readyMs: number | undefined
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    printed += text
    if (readyMs !== undefined || !printed.includes(mark)) return
    readyMs = performance.now() - since
    if (mark !== 'ready') child.kill('SIGTERM')
  })
  const [code] = await exited
  process.off('exit', stop)
  if (readyMs === undefined) throw new Error(`${args.join(' ')} ended with ${code} before it was ready: ${printed}`)
  return readyMs
}
