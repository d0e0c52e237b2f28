/**
 * Lints the OpenAPI document that the built CLI prints, with Redocly's recommended rules; a warning fails too.
 *
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'keywright-openapi-'))
try {
  const file = join(folder, 'openapi.json')
  writeFileSync(file, execFileSync(process.execPath, ['dist/cli/main.js', 'openapi'], { encoding: 'utf8' }))
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  const command = ['lint', '--max-problems=50', '--format=json', file]
  const { stdout, stderr } = spawnSync('node_modules/.bin/redocly', command, { encoding: 'utf8', env })
  const { totals, problems } = JSON.parse(stdout.slice(stdout.indexOf('{')) || '{}')
  for (const { severity, ruleId, message, location } of problems ?? []) {
    console.log(`${severity}  ${location[0]?.pointer ?? ''}  ${message} (${ruleId})`)
  }
  const isClean = totals !== undefined && totals.errors + totals.warnings === 0
  if (totals === undefined) console.log(stderr)
  process.exitCode = isClean ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
