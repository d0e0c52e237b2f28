import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../src/cli/test-desk.ts'

test.skipIf(process.platform === 'win32')('a server whose shell was ended by npm ends too and gives its port back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'start-'))
  const port = await freePort()
  const shell = spawn('/bin/sh', ['-c', 'node scripts/start.mjs; exit'], {
    env: {
      PATH: process.env.PATH,
      npm_lifecycle_event: 'start',
      KEYWRIGHT_PORT: String(port),
      KEYWRIGHT_DATA_DIR: join(folder, 'data'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    shell.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  let said = ''
  shell.stdout.on('data', (chunk) => {
    said += chunk
  })
  while (!said.includes('Stop with')) await once(shell.stdout, 'data')
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
  shell.kill('SIGTERM')
  await once(shell.stdout, 'close') // the server holds the other end until it has gone
  await expect(fetch(`http://127.0.0.1:${port}/readyz`)).rejects.toThrow()
})
