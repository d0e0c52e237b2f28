import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { engines, type OpenedEngine } from '../engines.ts'

const desk = createDesk()
let opened: OpenedEngine | undefined
afterEach(async () => {
  await desk.clear()
  await opened?.cleanup()
  opened = undefined
})

const shared = engines.filter(({ name }) => name === 'postgres')
const good = 'violet harbour lamp 42'

async function database(open: () => Promise<OpenedEngine>): Promise<{ url: string; env: { KEYWRIGHT_DATABASE_URL: string } }> {
  opened = await open()
  const url = opened.location ?? ''
  return { url, env: { KEYWRIGHT_DATABASE_URL: url } }
}

const noteOf = (dir: string): string[] => readFileSync(join(dir, 'first-admin.txt'), 'utf8').split('\n')

describe.each(shared)('serve on $name', ({ open }) => {
  test('two servers that boot at once on an empty database seed one admin, whose password is in one note', async () => {
    const { env } = await database(open)
    const dirs = [desk.folder(), desk.folder()]
    const secret = { KEYWRIGHT_SECRET: 'Zk3vT9qLx0bWm5RyHc8uNfJ2sPaDg7EiOo4Vt1' }
    const servers = await Promise.all(dirs.map((dir) => desk.serve(dir, { ...env, ...secret })))
    const noted = dirs.filter((dir) => existsSync(join(dir, 'first-admin.txt')))
    expect(noted).toHaveLength(1)
    const [identifier, password] = noteOf(noted[0] ?? '')
    for (const server of servers) {
      const { body } = await server.post('/auth/login', { identifier, password })
      expect(body).toMatchObject({ status: 'factor_required', methods: ['password_change'] })
    }
    const { stdout } = await desk.run(['users', 'list', '--json'], { ...env, ...secret })
    expect(JSON.parse(stdout).users).toHaveLength(1)
  })

  test('two servers with admins of their own create one of them', async () => {
    const { env } = await database(open)
    const secret = { KEYWRIGHT_SECRET: 'Zk3vT9qLx0bWm5RyHc8uNfJ2sPaDg7EiOo4Vt1', KEYWRIGHT_ADMIN_PASSWORD: good }
    await Promise.all(
      ['one@example.com', 'two@example.com'].map((email) =>
        desk.serve(desk.folder(), { ...env, ...secret, KEYWRIGHT_ADMIN_EMAIL: email }),
      ),
    )
    const { stdout } = await desk.run(['users', 'list', '--json'], { ...env, ...secret, KEYWRIGHT_ADMIN_PASSWORD: '' })
    expect(JSON.parse(stdout).users).toHaveLength(1)
  })

  test('a boot killed between the note and the commit leaves nobody; the next one leaves a note that works', async () => {
    const { url, env } = await database(open)
    const dir = desk.folder()
    expect((await desk.run(['keys', 'init', '--data-dir', dir], env)).code).toBe(0)
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    // The audit row is the last thing a transaction writes, after the note: whoever holds its table holds the boot there.
    await holder.query('begin; lock table audit_entry in exclusive mode')
    const doomed = desk.start(['dev', '--data-dir', dir, '--port', '1024'], { env })
    await expect.poll(() => existsSync(join(dir, 'first-admin.txt')), { timeout: 15_000 }).toBe(true)
    const [, promised] = noteOf(dir)
    await doomed.stop('SIGKILL')
    await holder.query('rollback')
    const { rows } = await holder.query('select count(*)::int as people from user_profile')
    await holder.end()
    expect(rows).toEqual([{ people: 0 }])

    const server = await desk.serve(dir, env)
    const [identifier, password] = noteOf(dir)
    expect(password).not.toBe(promised)
    const { body } = await server.post('/auth/login', { identifier, password })
    expect(body).toMatchObject({ status: 'factor_required', methods: ['password_change'] })
    const { stdout } = await desk.run(['users', 'list', '--json', '--data-dir', dir], env)
    expect(JSON.parse(stdout).users).toHaveLength(1)
  })

  test('a note about somebody who was never committed is not shown when another server has made the admin', async () => {
    const { url, env } = await database(open)
    const secret = { ...env, KEYWRIGHT_SECRET: 'Zk3vT9qLx0bWm5RyHc8uNfJ2sPaDg7EiOo4Vt1' }
    const dir = desk.folder()
    expect((await desk.run(['keys', 'init', '--data-dir', dir], secret)).code).toBe(0)
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('begin; lock table audit_entry in exclusive mode')
    const doomed = desk.start(['dev', '--data-dir', dir, '--port', '1024'], { env: secret })
    await expect.poll(() => existsSync(join(dir, 'first-admin.txt')), { timeout: 15_000 }).toBe(true)
    await doomed.stop('SIGKILL')
    await holder.end()
    await desk.serve(desk.folder(), secret)
    const again = await desk.serve(dir, secret)
    expect(existsSync(join(dir, 'first-admin.txt'))).toBe(false)
    expect(again.output()).toContain('there is one')
  })
})
