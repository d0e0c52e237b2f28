/**
 * Runs a job in several processes that start at the same moment.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Starts `count` processes on one database, lets them go together, and answers what each of them printed. */
export async function inProcesses(
  count: number,
  location: string,
  job: string,
  script: 'race' | 'calls' = 'race',
): Promise<readonly unknown[]> {
  const children = Array.from({ length: count }, (_, index) => start(script, location, job, `process-${index}`))
  for (const child of children) await child.next()
  for (const child of children) child.go()
  return Promise.all(children.map(async (child) => JSON.parse(await child.next())))
}

function start(script: string, location: string, job: string, name: string) {
  const path = new URL(`./children/${script}.ts`, import.meta.url).pathname
  const child = spawn(process.execPath, ['--import', 'jiti/register', path, location, job, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    async next(): Promise<string> {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the process for ${job} ended without an answer`)
      return value
    },
    go: () => child.stdin.end('go\n'),
  }
}
