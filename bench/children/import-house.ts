/**
 * A house that is handed a file of users. Started by `benchmarks/imports.ts`.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import { postgres } from 'keywright/postgres'
import { sqlite } from 'keywright/sqlite'
import { openAuth } from '../house.ts'

const [location = '', what = '', wanted = ''] = process.argv.slice(2)
const rows = Number(wanted)

/** Made as it is read: 100 bytes a row, 64 KB at a time. */
async function* file(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('email,firstName,lastName,locale,metadata.note\n')
  for (let from = 0; from < rows; from += 650) {
    const lines = Array.from({ length: Math.min(650, rows - from) }, (_, at) => {
      const name = String(from + at).padStart(9, '0')
      return `person-${name}@example.com,Person,Number ${name},en-GB,${'x'.repeat(34)}\n`
    })
    yield Buffer.from(lines.join(''))
  }
}

const auth = await openAuth(location.startsWith('postgres') ? postgres(location) : sqlite(location))
const { imports } = auth.asSystem('bench')
let since = performance.now()
const { id, counts } = await imports.stage({ format: 'csv', reason: 'bench', file: file() })
if (counts.ready !== rows) throw new Error(`${counts.ready} of ${rows} rows can be created`)
if (what === 'create') {
  since = performance.now()
  await imports.run({ id })
  while ((await imports.get({ id })).state === 'running') await wait(20)
  const done = await imports.get({ id })
  if (done.counts.created !== rows) throw new Error(`${done.counts.created} of ${rows} users were created`)
}
const seconds = (performance.now() - since) / 1000
await auth.close()
process.send?.({ rows, seconds, peakMiB: process.resourceUsage().maxRSS / 1024 })
