/**
 * Hostile files, sent by an operator's browser to a server of its own process: each is reported, and none leaves anything half-imported.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keep } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { type ServerProcess, startServer } from '../second-process.ts'

const secret = 'k'.repeat(43)
const password = 'correct horse battery'
const mebibyte = 1024 * 1024

const folder = mkdtempSync(join(tmpdir(), 'keywright-'))
const location = join(folder, 'test.db')
let server: ServerProcess
const jar = new Map<string, string>()
let csrf: Record<string, string> = {}

type File = string | Uint8Array | Iterable<Uint8Array>

interface Answered {
  readonly status: number
  readonly body: {
    readonly id: string
    readonly code: string
    readonly detail: string
    readonly errors: readonly { readonly code: string }[]
    readonly csrfToken: string
    readonly user: { readonly id: string }
    readonly counts: Readonly<Record<string, number>>
    readonly state: string
    readonly imports: readonly { readonly id: string; readonly counts: object }[]
    readonly users: readonly { readonly email: string; readonly firstName: string | null }[]
    readonly rows: readonly { readonly row: number; readonly outcome: string; readonly code: string | null }[]
  }
  readonly text: string
}

/** Sends bytes as they come; `cut`: then the line is dead; `hangs`: then nothing more comes. */
function send(
  method: string,
  path: string,
  file?: File,
  headers: Record<string, string> = {},
  manner?: 'cut' | 'hangs',
): Promise<Answered> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, server.origin),
      { method, agent: false, headers: { 'sec-fetch-site': 'same-origin', ...(cookie !== '' && { cookie }), ...headers } },
      (response) => {
        for (const line of response.headers['set-cookie'] ?? []) keep(jar, line)
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => {
          sent.destroy()
          const text = Buffer.concat(chunks).toString('utf8')
          const isJson = response.headers['content-type']?.includes('json')
          resolve({ status: response.statusCode ?? 0, body: (isJson ? JSON.parse(text) : {}) as Answered['body'], text })
        })
      },
    )
    sent.on('error', reject)
    // Whoever is refused early is still writing when the server closes.
    sent.on('socket', (socket) => socket.on('error', () => {}))
    if (manner === 'cut') sent.write(file, () => sent.destroy(new Error('the line is cut')))
    else if (manner === 'hangs') sent.write(file)
    else Readable.from(typeof file === 'string' || file instanceof Uint8Array ? [file] : (file ?? [])).pipe(sent)
  })
}

const json = (method: string, path: string, body: object, headers = {}) =>
  send(method, path, JSON.stringify(body), { 'content-type': 'application/json', ...headers })

beforeAll(async () => {
  server = await startServer(location, { http: { limits: false }, admin: { secret } })
  const email = 'operator@example.com'
  const { body } = await json('POST', '/auth/register', { email, password })
  jar.clear()
  await json('PUT', `/admin/api/users/${body.user.id}/role`, { role: 'owner' }, { authorization: `Bearer ${secret}` })
  await json('POST', '/admin/api/login', { identifier: email, password })
  csrf = { 'x-csrf-token': (await send('GET', '/admin/api/ping')).body.csrfToken }
}, 120_000)
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true })
})

const stage = (format: 'csv' | 'ndjson', file: File, headers: Record<string, string> = {}, manner?: 'cut' | 'hangs') => {
  const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
  return send(
    'POST',
    `/admin/api/imports?format=${format}&reason=moving`,
    file,
    { 'content-type': type, ...csrf, ...headers },
    manner,
  )
}
const report = async (id: string) =>
  (await send('GET', `/admin/api/imports/${id}/rows?limit=100`)).body.rows.map(
    ({ row, code, outcome }) => `${row} ${code ?? outcome}`,
  )
const discard = (id: string) => send('DELETE', `/admin/api/imports/${id}`, undefined, csrf)

/** What is left of files in the database, once whatever was under way has ended. */
async function leftOver(): Promise<readonly number[]> {
  const house = houseOn(storageAt(location))
  const rows = house.database.everything<Record<string, Record<string, unknown>>>()
  const count = async (table: string) => (await rows.selectFrom(table).select('tenant_id').execute()).length
  const all = async () => [await count('import_run'), await count('import_row'), await count('import_name')]
  let found = await all()
  for (let round = 0; round < 100 && found.some((left) => left > 0); round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    found = await all()
  }
  await house.auth.close()
  return found
}

test('100 MB are read as they come: memory does not grow with the file, and every row is judged', async () => {
  const padding = 'x'.repeat(20_000)
  function* rows(from: number, count: number) {
    yield Buffer.from('email,notes\n')
    for (let i = 0; i < count; i += 1) yield Buffer.from(`user-${from + i}@example.com,${padding}\n`)
  }
  const small = await stage('csv', rows(0, 250))
  expect(small.body.counts).toMatchObject({ rows: 250, ready: 250 })
  const before = await server.memory()
  const big = await stage('csv', rows(0, 5_250))
  expect(big).toMatchObject({ status: 201, body: { counts: { rows: 5_250, ready: 5_250, refused: 0 } } })
  expect((await server.memory()) - before).toBeLessThan(64 * mebibyte)
  for (const { body } of [small, big]) expect((await discard(body.id)).status).toBe(204)
  expect((await stage('csv', 'email\n', { 'content-length': String(129 * mebibyte) }, 'hangs')).body.code).toBe(
    'payload_too_large',
  )
  expect(await leftOver()).toEqual([0, 0, 0])
}, 180_000)

const lines = (...of: readonly string[]) => of.map((line) => `${line}\n`).join('')
const good = lines('email,firstName', 'ada@example.com,Ada', 'bob@example.com,Bob')
const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

test.each<[string, Uint8Array, readonly string[]]>([
  ['a byte order mark', bytes([0xef, 0xbb, 0xbf], good), ['2 ready', '3 ready']],
  ['UTF-16 that says so', bytes([0xff, 0xfe], [...Buffer.from(good, 'utf16le')]), ['2 ready', '3 ready']],
  ['UTF-16, the big end first', bytes([0xfe, 0xff], [...Buffer.from(good, 'utf16le').swap16()]), ['2 ready', '3 ready']],
  ['lines that end in a lone CR', bytes(good.replaceAll('\n', '\r')), ['2 ready', '3 ready']],
  [
    'bytes that are no text',
    bytes(good, 'caf', [0xe9], '@example.com,X\n', 'c@example.com,', [0xc0, 0xaf], '\n'),
    ['2 ready', '3 ready', '4 encoding', '5 encoding'],
  ],
  [
    'a name that is there twice',
    bytes(good, 'ADA@example.com,Twice\nada@example.com,Thrice\n'),
    ['2 ready', '3 ready', '4 duplicate_row', '5 duplicate_row'],
  ],
  [
    'control characters',
    bytes(good, 'c@example.com,\u0000\n', 'd@example.com,\u001b[2J\n'),
    ['2 ready', '3 ready', '4 invalid', '5 invalid'],
  ],
])('%s: every row is reported for itself', async (_what, file, expected) => {
  const { status, body } = await stage('csv', file)
  expect([status, await report(body.id)]).toEqual([201, expected])
  await discard(body.id)
})

test.each<[string, 'csv' | 'ndjson', File]>([
  ['UTF-16 that does not say so', 'csv', Buffer.from(good, 'utf16le')],
  ['a line of 10 MB', 'csv', bytes(good, 'c@example.com,', 'x'.repeat(10 * mebibyte), '\n')],
  ['names of columns of 10 MB', 'csv', bytes('email,', 'x'.repeat(10 * mebibyte), '\n', good)],
  ['a quote that is never closed', 'csv', bytes(good, 'c@example.com,"', 'x'.repeat(10 * mebibyte))],
  ['nothing', 'csv', ''],
  ['one JSON line of nothing', 'ndjson', '\n\n'],
])('%s is refused, and nothing of it is kept', async (_what, format, file) => {
  const { status, body } = await stage(format, file)
  expect([status, body.code]).toEqual([400, 'import_not_readable'])
  expect(await leftOver()).toEqual([0, 0, 0])
})

test('a sender whose file was refused early hears why, and goes on with the same connection', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const post = (query: string, file: string) =>
    new Promise<readonly unknown[]>((resolve, reject) => {
      const headers = { authorization: `Bearer ${secret}`, 'content-type': 'text/csv' }
      const sent = request(
        new URL(`/admin/api/imports?${query}`, server.origin),
        { method: 'POST', agent, headers },
        (response) => {
          response.resume()
          response.on('end', () => resolve([response.statusCode, sent.reusedSocket]))
        },
      )
      sent.on('error', reject)
      sent.end(file)
    })
  const wide = `email,${'x'.repeat(20 * mebibyte)}\n${good}`
  expect(await post('format=csv&reason=moving', wide)).toEqual([400, false])
  expect(await post('format=csv', wide)).toEqual([400, true])
  await new Promise((resolve) => setTimeout(resolve, 1_000)) // a server that waits for what never comes cuts the line by now
  expect(await post('format=csv&reason=moving', 'email\n')).toEqual([400, true])
  agent.destroy()
  expect(await leftOver()).toEqual([0, 0, 0])
})

test('a JSON line of 10 MB is one row that is too large, and so is a deep one no more than refused', async () => {
  const file = bytes(
    '{"email":"ada@example.com"}\n{"email":"',
    'x'.repeat(10 * mebibyte),
    '"}\n',
    `${'['.repeat(60_000)}\n`,
    '{"email":"bob@example.com"}',
  )
  const { body } = await stage('ndjson', file)
  expect(await report(body.id)).toEqual(['1 ready', '2 row_too_large', '3 not_json', '4 ready'])
  await discard(body.id)
})

test('a line that is cut half way, or a length that is never reached, leaves nothing', async () => {
  const many = lines('email', ...Array.from({ length: 2_000 }, (_, i) => `user-${i}@example.com`))
  await expect(stage('csv', many, {}, 'cut')).rejects.toThrow('the line is cut')
  await expect(stage('csv', many, { 'content-length': String(mebibyte) }, 'cut')).rejects.toThrow('the line is cut')
  expect(await leftOver()).toEqual([0, 0, 0])
})

test('what comes after the promised length is no part of the file', async () => {
  const sent = stage('csv', lines('email', 'ada@example.com', 'bob@example.com'), { 'content-length': '22' }, 'hangs')
  expect((await sent).status).toBe(400) // HTTP hears a second request there, and closes
  const staged = () => send('GET', '/admin/api/imports')
  for (let round = 0; round < 100 && (await staged()).body.imports.length === 0; round += 1)
    await new Promise((resolve) => setTimeout(resolve, 50))
  const [file] = (await staged()).body.imports
  expect(file?.counts).toMatchObject({ rows: 1, created: 0 })
  await discard(file?.id ?? '')
})

test('what a spreadsheet takes for a formula comes in as it is, and goes out as text', async () => {
  const formula = '=HYPERLINK(""https://evil.example"")'
  const { body } = await stage(
    'csv',
    lines('email,firstName', `eve@example.com,"${formula}"`, '=1+1@example.com,+A', '@SUM(1),-1'),
  )
  expect(await report(body.id)).toEqual(['2 ready', '3 ready', '4 identifier_invalid'])
  expect((await send('POST', `/admin/api/imports/${body.id}/run`, undefined, csrf)).status).toBe(200)
  const isDone = async () => (await send('GET', `/admin/api/imports/${body.id}`)).body.state === 'done'
  for (let round = 0; round < 200 && !(await isDone()); round += 1) await new Promise((resolve) => setTimeout(resolve, 50))
  await discard(body.id)
  const { users } = (await send('GET', '/admin/api/users')).body
  expect(users).toHaveLength(3) // the operator, and the rows that named somebody
  expect(users.find(({ email }) => email === 'eve@example.com')?.firstName).toBe('=HYPERLINK("https://evil.example")')
  const { text } = await send('GET', '/admin/api/users/export?format=csv')
  expect(text).toContain(`"'${formula}"`)
  expect(text.split(/[\r\n,]/).filter((cell) => /^"?[=+\-@]/.test(cell))).toEqual([])
})

test('an export by a filter that is misspelt is refused, and takes nobody away', async () => {
  const { status, body } = await send('GET', '/admin/api/users/export?format=csv&rol=admin')
  expect([status, body.errors]).toMatchObject([400, [{ code: 'unknown_field' }]])
})

test('nobody hands a file over, or begins with one, without the token of their own session', async () => {
  const calls = [
    '/admin/api/imports?format=csv&reason=moving',
    '/admin/api/imports/1/run',
    '/admin/api/imports/1/cancel',
    '/admin/api/bulk',
    '/admin/api/bulk/1/cancel',
  ]
  for (const path of calls)
    for (const forged of [{}, { 'x-csrf-token': `${csrf['x-csrf-token']}x` }, { ...csrf, 'sec-fetch-site': 'cross-site' }]) {
      const { status, body } = await send('POST', path, good, { 'content-type': 'text/csv', ...forged })
      expect([path, status, body.code]).toEqual([path, 403, 'csrf_rejected'])
    }
  expect((await stage('csv', good, { 'content-type': 'text/plain' })).body.code).toBe('unsupported_media_type')
  expect((await stage('csv', good, { 'content-encoding': 'gzip' })).body.code).toBe('unsupported_media_type')
  expect(await leftOver()).toEqual([0, 0, 0])
})
