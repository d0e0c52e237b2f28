import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Benchmark, type Contender, compare } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'

const compilers = [
  { name: 'TypeScript 7', path: 'node_modules/ts7/bin/tsc' },
  { name: 'TypeScript 6', path: 'node_modules/typescript/bin/tsc' },
]

const programs = {
  'zod alone': `import { z } from 'zod'\n\nexport const Name = z.string()\n`,
  client: `import { createClient } from 'keywright/client'

const client = createClient({ baseUrl: 'https://app.example.com' })
const answer = await client.login({ identifier: 'ada@example.com', password: 'correct horse battery' }).result()
if (answer.ok && answer.value.status === 'active') console.log(answer.value.user.id)
console.log((await client.sessions.list()).sessions.length)
`,
}

/** What the client's types cost those who use them. */
export const types: Benchmark = {
  definition:
    'Milliseconds of `tsc --noEmit` (strict, skipLibCheck, a process each) over a program that logs in and lists sessions with `createClient`, compared with a program that imports nothing but zod.',
  run: (pace) =>
    withPlaces(async ({ folder }) => {
      for (const [name, text] of Object.entries(programs)) await writeProgram(join(folder, name), text)
      return compare(
        pace,
        compilers.flatMap(({ name, path }): Contender[] => {
          const bare = `zod alone, ${name}`
          return [
            { name: bare, unit: 'ms', round: () => msOf(path, join(folder, 'zod alone')) },
            { name: `client, ${name}`, unit: 'ms', against: [bare], round: () => msOf(path, join(folder, 'client')) },
          ]
        }),
      )
    }),
}

async function writeProgram(folder: string, text: string): Promise<void> {
  await mkdir(folder)
  await writeFile(join(folder, 'program.ts'), text)
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    lib: ['es2023', 'dom'],
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['program.ts'] }))
}

async function msOf(compiler: string, project: string): Promise<number> {
  const since = performance.now()
  const [code] = await once(spawn(process.execPath, [compiler, '-p', project], { stdio: 'inherit' }), 'exit')
  if (code !== 0) throw new Error(`${compiler} refused ${project}`)
  return performance.now() - since
}
