import { once } from 'node:events'
import { chmodSync, existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createDesk, freePort, secret } from './test-desk.ts'

const desk = createDesk()
afterEach(desk.clear)

async function furnished(): Promise<string> {
  const dir = desk.folder()
  await desk.json(dir, 'keys', 'init')
  return dir
}

test('an operator creates, disables, enables, resets, shows and deletes a user, and the audit log names the operator', async () => {
  const dir = await furnished()
  const { user, temporaryPassword } = await desk.json(dir, 'users', 'create', 'bob@example.com', '--role', 'editor')
  expect(user).toMatchObject({ email: 'bob@example.com', role: 'editor', disabledAt: null })
  expect((await desk.json(dir, 'users', 'disable', user.id)).user.disabledAt).not.toBeNull()
  expect((await desk.json(dir, 'users', 'enable', user.id)).user.disabledAt).toBeNull()
  expect((await desk.json(dir, 'users', 'reset-password', user.id)).temporaryPassword).not.toBe(temporaryPassword)
  expect((await desk.json(dir, 'users', 'export', user.id)).data.users).toMatchObject({ id: user.id, role: 'editor' })
  expect(await desk.json(dir, 'users', 'delete', user.id, '--reason', 'a mistake')).toEqual({ status: 'deleted' })
  expect((await desk.json(dir, 'users', 'list')).users).toEqual([])
  const { entries } = await desk.json(dir, 'audit', 'tail', '--user', user.id)
  expect(entries[0]).toMatchObject({ action: 'identity.user.created', actor: { kind: 'system', id: 'cli' } })
}) // ten processes one after the other

test('a command owes no mail that no server would send: the box is for the server of a developer only', async () => {
  const dir = await furnished()
  const { user } = await desk.json(dir, 'users', 'create', 'bob@example.com')
  await desk.json(dir, 'users', 'reset-password', user.id)
  const demand = await desk.run(['users', 'require-reset', user.id, '--data-dir', dir])
  expect([demand.code, demand.stderr]).toEqual([1, expect.stringContaining('Switch mail on')])
  expect((await desk.json(dir, 'jobs', 'list')).jobs).toEqual([])
  const { migrations } = await desk.json(dir, 'migrate', 'status')
  expect(migrations.filter(({ name }) => name.startsWith('mail/'))).toEqual([])
})

test('somebody who is invited has no password that anybody could see; a mail is owed', async () => {
  const mail = { KEYWRIGHT_SMTP_URL: 'smtp://127.0.0.1:9', KEYWRIGHT_MAIL_FROM: 'Example <hi@example.com>' }
  const dir = desk.folder()
  const run = async (...args: string[]) => (await desk.run([...args, '--json', '--data-dir', dir], mail)).stdout
  await run('keys', 'init')
  const said = await run('users', 'create', 'eve@example.com', '--invite')
  expect(JSON.parse(said)).toEqual({ user: expect.objectContaining({ email: 'eve@example.com' }) })
  expect(said).not.toContain('assword')
  expect(JSON.parse(await run('jobs', 'list')).jobs).toMatchObject([{ kind: 'mail.send' }])
})

test('a refusal exits with 1, a mistake in the call with 2', async () => {
  const dir = await furnished()
  expect((await desk.run(['users', 'disable', 'nobody', '--data-dir', dir])).code).toBe(1)
  expect((await desk.run(['sessions', 'revoke', 'nothing', '--data-dir', dir])).code).toBe(1)
  const unknown = await desk.run(['settings', 'set', 'users.nonsense', 'true', '--data-dir', dir])
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('users.nonsense is not a setting')])
  expect((await desk.run(['users', 'list', '--bogus'])).code).toBe(2)
  expect((await desk.run(['nothing'])).code).toBe(2)
})

test('a session the operator revokes and a setting they set hold on the server that runs beside', async () => {
  const dir = desk.folder()
  const server = await desk.serve(dir)
  const { body } = await server.post('/auth/register', { identifier: 'ada@example.com', password: 'violet harbour lamp 42' })
  const me = () => fetch(`${server.url}/auth/me`, { headers: { authorization: `Bearer ${body.accessToken}` } })
  expect((await me()).status).toBe(200)
  const { sessions } = await desk.json(dir, 'sessions', 'list', body.user.id)
  await desk.json(dir, 'sessions', 'revoke', sessions[0]?.sessionHandle ?? '')
  await expect.poll(async () => (await me()).status).toBe(401)

  const register = (identifier: string) =>
    server.post('/auth/register', { identifier, password: 'violet harbour lamp 42' }).then(({ status }) => status)
  const { settings } = await desk.json(dir, 'settings', 'set', 'users.registration', 'false')
  expect(settings).toMatchObject([{ name: 'users.registration', value: false, source: 'setting' }])
  await expect.poll(() => register(`eve-${performance.now()}@example.com`)).toBe(403)
  expect((await desk.json(dir, 'settings', 'reset', 'users.registration')).settings).toMatchObject([{ source: 'default' }])
  await expect.poll(() => register('eve@example.com')).toBe(201)
})

test('keys rotate, and the last one that could sign is not retired', async () => {
  const dir = await furnished()
  const [first] = (await desk.json(dir, 'keys', 'list')).keys
  expect((await desk.run(['keys', 'retire', first?.kid ?? '', '--data-dir', dir])).code).toBe(1)
  expect((await desk.json(dir, 'keys', 'rotate')).key.kid).not.toBe(first?.kid)
  expect((await desk.json(dir, 'keys', 'list')).keys).toHaveLength(2)
})

test('a key id that begins with a dash is no option', async () => {
  const dir = await furnished()
  for (const kid of [`-h${'x'.repeat(41)}`, `--${'x'.repeat(41)}`]) {
    const { code, stderr } = await desk.run(['keys', 'retire', kid, '--json', '--data-dir', dir])
    expect([code, JSON.parse(stderr).error.code]).toEqual([1, 'not_found'])
  }
})

test('the schema is planned, applied and taken back, never without a yes', async () => {
  const dir = desk.folder()
  const { applied } = await desk.json(dir, 'migrate', 'up')
  expect((await desk.run(['migrate', 'down', '--data-dir', dir])).code).toBe(2)
  expect((await desk.json(dir, 'migrate', 'down', '--yes')).removed).toEqual(applied.slice(-1))
  expect((await desk.json(dir, 'migrate', 'plan')).steps.map(({ name }) => name)).toEqual(applied.slice(-1))
  const { migrations } = await desk.json(dir, 'migrate', 'status')
  expect(migrations.at(-1)).toMatchObject({ state: 'pending' })
})

test('the OpenAPI document is written in both versions', async () => {
  for (const [version, written] of [
    ['3.1', '3.1.0'],
    ['3.0', '3.0.3'],
  ] as const) {
    const { stdout } = await desk.run(['openapi', '--version', version])
    expect(JSON.parse(stdout).openapi).toBe(written)
  }
})

test('what is owed can be looked at, and redriving asks for what is meant', async () => {
  const dir = await furnished()
  expect(await desk.json(dir, 'jobs', 'list', '--dead')).toEqual({ jobs: [] })
  expect(await desk.json(dir, 'jobs', 'redrive', '--all')).toEqual({ redriven: 0 })
  expect((await desk.run(['jobs', 'redrive', 'nothing', '--data-dir', dir])).code).toBe(1)
  for (const words of [[], ['one', '--all'], ['--kind', 'a', '--all']]) {
    expect((await desk.run(['jobs', 'redrive', ...words, '--data-dir', dir])).code).toBe(2)
  }
})

test('a command that only reads says that there is no database and makes none', async () => {
  const dir = desk.folder()
  const reading = [
    ['migrate', 'status'],
    ['migrate', 'plan'],
    ['users', 'list'],
    ['sessions', 'list', 'somebody'],
    ['audit', 'tail'],
    ['keys', 'list'],
    ['jobs', 'list'],
    ['settings', 'list'],
  ]
  for (const words of reading) {
    const { code, stderr } = await desk.run([...words, '--json', '--data-dir', dir])
    expect([words, code]).toEqual([words, 3])
    expect(JSON.parse(stderr).error.title).toBe(`there is no database at ${dir}/identity.db`)
  }
  expect(existsSync(dir)).toBe(false)
})

test('the log is followed: each entry once, one JSON object a line, until Ctrl+C', async () => {
  const dir = await furnished()
  const { user } = await desk.json(dir, 'users', 'create', 'bob@example.com')
  const tail = desk.start(['audit', 'tail', '--follow', '--json', '--data-dir', dir])
  await tail.says('identity.user.created')
  await desk.json(dir, 'users', 'disable', user.id)
  await tail.says('identity.user.disabled')
  await desk.json(dir, 'users', 'enable', user.id)
  await tail.says('identity.user.enabled')
  expect(await tail.stop('SIGINT')).toBe(0)
  const lines: { id: string; action: string }[] = tail.said.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const { entries } = await desk.json(dir, 'audit', 'tail')
  expect(lines.map(({ id }) => id)).toEqual(entries.map(({ id }) => id))
  expect(tail.said.stderr).toBe('')
})

test('a followed log shows what was asked for and what comes, nothing older', async () => {
  const dir = await furnished()
  const { user } = await desk.json(dir, 'users', 'create', 'bob@example.com')
  await desk.json(dir, 'users', 'disable', user.id)
  const tail = desk.start(['audit', 'tail', '-f', '--limit', '1', '--user', user.id, '--data-dir', dir])
  await tail.says('identity.user.disabled')
  await desk.json(dir, 'users', 'create', 'eve@example.com')
  await desk.json(dir, 'users', 'enable', user.id)
  await tail.says('identity.user.enabled')
  expect(await tail.stop('SIGTERM')).toBe(0)
  expect(tail.said.stdout.trim().split('\n')).toHaveLength(2)
})

describe('doctor', () => {
  const levels = (stdout: string): Record<string, string> =>
    Object.fromEntries(JSON.parse(stdout).findings.map(({ check, level }: { check: string; level: string }) => [check, level]))

  test('finds nothing in a house that works', async () => {
    const dir = await furnished()
    const { code, stdout } = await desk.run(['doctor', '--dev', '--json', '--port', String(await freePort()), '--data-dir', dir])
    expect(code).toBe(0)
    expect(levels(stdout)).toEqual({
      node: 'ok',
      'native modules': 'ok',
      settings: 'ok',
      proxy: 'ok',
      port: 'ok',
      'data folder': 'ok',
      disk: 'ok',
      database: 'ok',
      clock: 'ok',
      bus: 'ok',
      schema: 'ok',
      'signing keys': 'ok',
    })
  })

  test('names what keeps a house from working, and makes nothing', async () => {
    const dir = desk.folder()
    const { code, stdout } = await desk.run(['doctor', '--json', '--data-dir', dir], { KEYWRIGHT_BASE_ULR: 'https://a.example' })
    expect(code).toBe(3)
    expect(levels(stdout)).toMatchObject({ environment: 'fault', settings: 'fault', database: 'fault' })
    expect(existsSync(dir)).toBe(false)
  })

  test('sees a folder others can read, a schema that is behind, a port in use and a secret that opens no key', async () => {
    const dir = await furnished()
    chmodSync(join(dir, 'identity.db'), 0o644)
    const env = { KEYWRIGHT_SECRET: secret, KEYWRIGHT_BASE_URL: 'https://id.example.com' }
    const first = await desk.run(['doctor', '--json', '--data-dir', dir], env)
    expect(levels(first.stdout)).toMatchObject({
      'data folder': 'fault',
      'signing keys': 'fault',
      proxy: 'advice',
      settings: 'ok',
    })
    expect(first.stdout).not.toContain(secret)

    await desk.json(dir, 'migrate', 'down', '--yes')
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const second = await desk.run(['doctor', '--json', '--port', String(port), '--data-dir', dir], env)
    taken.close()
    expect(second.code).toBe(3)
    expect(levels(second.stdout)).toMatchObject({ schema: 'fault', port: 'fault' })
  })

  test('takes a server of ours on the port for what it is', async () => {
    const dir = desk.folder()
    const { port } = await desk.serve(dir)
    const { code, stdout } = await desk.run(['doctor', '--dev', '--json', '--port', String(port), '--data-dir', dir])
    expect(code).toBe(0)
    expect(levels(stdout)).toMatchObject({ port: 'advice' })
  })
})
