import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuth } from 'keywright'
import { createClient } from 'keywright/client'
import { sqlite } from 'keywright/sqlite'
import { expect, test } from 'vitest'
import { importPeople } from './import.ts'

const people = [
  { email: 'Grace@example.com', hash: 'pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=' },
  { email: 'ada@example.com', hash: '$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2' },
  { email: 'lost@example.com', hash: '$2b$31$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2' },
]

test('people of another system log in with their old passwords, and a second import changes nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-import-'))
  const options = { baseUrl: 'https://app.example.com', secret: 's'.repeat(32), storage: sqlite(join(folder, 'app.db')) }
  expect(await importPeople(options, people)).toBe(3)
  expect(await importPeople(options, people)).toBe(0)
  const auth = createAuth(options)
  try {
    const client = createClient({
      baseUrl: options.baseUrl,
      mode: 'bearer',
      fetch: (request) => auth.handle(new Request(request)),
    })
    // Twice: the first login replaces the old hash by one of ours.
    for (const email of ['grace@example.com', 'ada@example.com', 'grace@example.com', 'ada@example.com']) {
      expect(await client.login({ email, password: 'correct horse' }).result()).toMatchObject({
        ok: true,
        value: { status: 'active' },
      })
    }
    const tooCostly = await client.login({ email: 'lost@example.com', password: 'correct horse' }).result()
    expect(!tooCostly.ok && tooCostly.error.code).toBe('invalid_credentials')
  } finally {
    await auth.close()
    await rm(folder, { recursive: true })
  }
})
