import { afterEach, expect, test } from 'vitest'
import { createDesk } from './test-desk.ts'

const desk = createDesk()
afterEach(desk.clear)

async function furnished(): Promise<string> {
  const dir = desk.folder()
  await desk.json(dir, 'keys', 'init')
  return dir
}

test('an operator creates, disables, enables and resets a user, and the audit log names the operator', async () => {
  const dir = await furnished()
  const { user, temporaryPassword } = await desk.json(dir, 'users', 'create', 'bob@example.com', '--role', 'editor')
  expect(user).toMatchObject({ email: 'bob@example.com', role: 'editor', disabledAt: null })
  expect((await desk.json(dir, 'users', 'disable', user.id)).user.disabledAt).not.toBeNull()
  expect((await desk.json(dir, 'users', 'enable', user.id)).user.disabledAt).toBeNull()
  expect((await desk.json(dir, 'users', 'reset-password', user.id)).temporaryPassword).not.toBe(temporaryPassword)
  expect((await desk.json(dir, 'users', 'list')).users).toHaveLength(1)
  const { entries } = await desk.json(dir, 'audit', 'tail', '--user', user.id)
  expect(entries[0]).toMatchObject({ action: 'identity.user.created', actor: { kind: 'system', id: 'cli' } })
})

test('a refusal exits with 1, a mistake in the call with 2', async () => {
  const dir = await furnished()
  expect((await desk.run(['users', 'disable', 'nobody', '--data-dir', dir])).code).toBe(1)
  expect((await desk.run(['sessions', 'revoke', 'nothing', '--data-dir', dir])).code).toBe(1)
  expect((await desk.run(['users', 'list', '--bogus'])).code).toBe(2)
  expect((await desk.run(['nothing'])).code).toBe(2)
})

test('a session the operator revokes is refused on the next request', async () => {
  const dir = desk.folder()
  const server = await desk.serve(dir)
  const { body } = await server.post('/auth/register', { identifier: 'ada@example.com', password: 'violet harbour lamp 42' })
  const me = () => fetch(`${server.url}/auth/me`, { headers: { authorization: `Bearer ${body.accessToken}` } })
  expect((await me()).status).toBe(200)
  const { sessions } = await desk.json(dir, 'sessions', 'list', body.user.id)
  await desk.json(dir, 'sessions', 'revoke', sessions[0].sessionHandle)
  expect((await me()).status).toBe(401)
})

test('keys rotate, and the last one that could sign is not retired', async () => {
  const dir = await furnished()
  const [first] = (await desk.json(dir, 'keys', 'list')).keys
  expect((await desk.run(['keys', 'retire', first.kid, '--data-dir', dir])).code).toBe(1)
  expect((await desk.json(dir, 'keys', 'rotate')).key.kid).not.toBe(first.kid)
  expect((await desk.json(dir, 'keys', 'list')).keys).toHaveLength(2)
})

test('the schema is planned, applied and taken back, never without a yes', async () => {
  const dir = desk.folder()
  const { steps } = await desk.json(dir, 'migrate', 'plan')
  const { applied } = await desk.json(dir, 'migrate', 'up')
  expect(applied).toEqual(steps.map(({ name }: { name: string }) => name))
  expect((await desk.run(['migrate', 'down', '--data-dir', dir])).code).toBe(2)
  expect((await desk.json(dir, 'migrate', 'down', '--yes')).removed).toEqual(applied.slice(-1))
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

test('the doctor finds nothing in a house that works, and names what keeps another from working', async () => {
  const dir = await furnished()
  expect((await desk.run(['doctor', '--dev', '--data-dir', dir])).code).toBe(0)
  const { code, stdout } = await desk.run(['doctor', '--json', '--data-dir', desk.folder()])
  expect(code).toBe(3)
  expect(JSON.parse(stdout).findings).toContainEqual(expect.objectContaining({ check: 'settings', ok: false }))
})
