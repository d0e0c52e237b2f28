import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { built, createDesk, secret } from './test-desk.ts'

const desk = createDesk()
afterEach(desk.clear)

const https = { KEYWRIGHT_SECRET: secret, KEYWRIGHT_BASE_URL: 'https://id.example.com' }
const secretOfScripts = 'p9Vx2LqT7mZr4KcW8yHd3NbF6sJg5QaE1uXo0'
const good = 'violet harbour lamp 42'
const noteOf = (dir: string): string[] => readFileSync(join(dir, 'first-admin.txt'), 'utf8').split('\n')

describe('serve in production', () => {
  test('serves on a migrated schema; the password of the first admin is in the note and in no log', async () => {
    const dir = desk.folder()
    await desk.json(dir, 'migrate', 'up')
    const server = await desk.produce(dir, https)
    const listening = JSON.parse(server.said.stdout)
    expect(listening).toMatchObject({ url: 'https://id.example.com', firstAdmin: join(dir, 'first-admin.txt') })
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect((await fetch(`${server.url}/auth/docs`)).status).toBe(404)
    const [identifier = '', password = ''] = noteOf(dir)
    const { body } = await server.post('/auth/login', { identifier, password })
    expect(body).toMatchObject({ status: 'factor_required', methods: ['password_change'] })
    expect(await server.stop('SIGTERM')).toBe(0)
    for (const hidden of [password, secret]) expect(server.output()).not.toContain(hidden)
  })

  test('serves plain http on loopback when that is allowed, and migrates when told to', async () => {
    const env = { KEYWRIGHT_SECRET: secret, KEYWRIGHT_ALLOW_HTTP: 'true', KEYWRIGHT_MIGRATE: 'true' }
    const server = await desk.produce(desk.folder(), env)
    const { status } = await server.post('/auth/register', { identifier: 'ada@example.com', password: good })
    expect(status).toBe(201)
  })

  test('reads every setting from the file its variable names', async () => {
    const dir = desk.folder()
    const files = {
      SECRETS: `${secret}\n`,
      BASE_URL: 'https://id.example.com\n',
      DATABASE_URL: `sqlite:${dir}/elsewhere.db\n`,
      MIGRATE: 'true\n',
      ADMIN_EMAIL: 'root@example.com\n',
      ADMIN_PASSWORD: `${good}\n`,
      ADMIN_SECRET: `${secretOfScripts}\n`,
    }
    const env = Object.fromEntries(
      Object.entries(files).map(([name, text]) => {
        const path = `${dir}-${name}`
        writeFileSync(path, text)
        return [`KEYWRIGHT_${name}_FILE`, path]
      }),
    )
    const server = await desk.produce(dir, env)
    expect(existsSync(join(dir, 'elsewhere.db'))).toBe(true)
    const { body } = await server.post('/auth/login', { identifier: 'root@example.com', password: good })
    expect(body).toMatchObject({ status: 'active', user: { role: 'owner' } })
    const headers = { authorization: `Bearer ${secretOfScripts}` }
    const ping = await fetch(`${server.url}/admin/api/ping`, { headers })
    expect(await ping.json()).toMatchObject({ operator: { name: 'admin secret', role: 'owner' } })
  })

  test('limits switched off in the config file are refused, unless the environment switches them on', async () => {
    const { cwd, dir } = desk.configured(`export default { http: { limits: false } }`)
    const args = ['serve', '--json', '--migrate', '--data-dir', dir]
    const { code, stderr } = await desk.run(args, https, cwd)
    expect([code, JSON.parse(stderr).error.title]).toEqual([3, 'rate limits are off'])
    const server = await desk.produce(dir, { ...https, KEYWRIGHT_MIGRATE: 'true', KEYWRIGHT_LIMITS: 'on' }, cwd)
    const { headers } = await fetch(`${server.url}/auth/login`, { method: 'POST', body: '{}' })
    expect(headers.get('ratelimit-limit')).not.toBeNull()
  })
})

describe('settings that cannot be meant', () => {
  const mistakes: [string, Record<string, string>, string, string][] = [
    ['a misspelt variable', { KEYWRIGHT_DATABSE_URL: 'x' }, 'KEYWRIGHT_DATABSE_URL is no setting', 'KEYWRIGHT_DATABASE_URL?'],
    ['a misspelt file variable', { KEYWRIGHT_SECRET_FIEL: 'x' }, 'KEYWRIGHT_SECRET_FIEL is no setting', 'KEYWRIGHT_SECRET_FILE?'],
    ['a variable nobody knows', { KEYWRIGHT_TELEMETRY: 'x' }, 'KEYWRIGHT_TELEMETRY is no setting', 'config print'],
    ['a short secret of scripts', { KEYWRIGHT_ADMIN_SECRET: 'x'.repeat(31) }, 'shorter than 32', 'KEYWRIGHT_ADMIN_SECRET'],
    ['a log level there is not', { KEYWRIGHT_LOG_LEVEL: 'loud' }, 'KEYWRIGHT_LOG_LEVEL cannot be read', 'debug, info'],
    ['a Redis that is none', { KEYWRIGHT_REDIS_URL: 'http://cache' }, 'the Redis URL is not one', 'KEYWRIGHT_REDIS_URL'],
    [
      'a mail server without a sender',
      { KEYWRIGHT_SMTP_URL: 'smtps://mail.example.com' },
      'nobody is named',
      'KEYWRIGHT_MAIL_FROM',
    ],
    ['a port that is none', { KEYWRIGHT_PORT: '70000' }, 'KEYWRIGHT_PORT is no port', '65535'],
    ['an admin without an address', { KEYWRIGHT_ADMIN_EMAIL: 'not one' }, 'the first admin', 'KEYWRIGHT_ADMIN_EMAIL'],
    ['a short admin password', { KEYWRIGHT_ADMIN_PASSWORD: 'hunter2' }, 'refused: too short', 'KEYWRIGHT_ADMIN_PASSWORD'],
    ['a common admin password', { KEYWRIGHT_ADMIN_PASSWORD: 'password1234' }, 'refused: common', 'KEYWRIGHT_ADMIN_PASSWORD'],
  ]
  test.each(mistakes)('%s is refused with a remedy', async (_what, env, title, remedy) => {
    const { code, stderr } = await desk.run(['dev', '--json', '--data-dir', desk.folder()], env)
    const { error } = JSON.parse(stderr)
    expect({ code, ...error }).toMatchObject({ code: 'boot_error' })
    expect(code).toBe(3)
    expect(error.title).toContain(title)
    expect(error.remedy).toContain(remedy)
  })

  test('a database password on the command line is refused', async () => {
    const url = 'postgres://app:canary-4711@127.0.0.1/identity'
    const { code, stderr } = await desk.run(['migrate', 'status', '--database-url', url])
    expect(code).toBe(3)
    expect(stderr).toContain('KEYWRIGHT_DATABASE_URL')
    expect(stderr).not.toContain('canary-4711')
  })

  test('a port that is in use is said', async () => {
    const first = await desk.serve(desk.folder())
    const { code, stderr } = await desk.run(['dev', '--data-dir', desk.folder(), '--port', String(first.port)])
    expect(code).toBe(3)
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${first.port}`)
  })
})

describe('the config file', () => {
  test('is read as TypeScript from where the command is called; its base path is in the URL of the documents', async () => {
    const { cwd, dir } = desk.configured(`
      const basePath: \`/\${string}\` = '/id/'
      export default { http: { basePath }, users: { defaultRole: 'guest' } }
    `)
    const server = await desk.serve(dir, {}, cwd)
    expect(server.output()).toContain(`${server.url}/id/docs `)
    expect((await fetch(`${server.url}/id/docs`)).status).toBe(200)
    const { body } = await server.post('/id/register', { identifier: 'ada@example.com', password: good })
    expect(body.user.role).toBe('guest')
  })

  test('a misspelt option in it is refused with the one that was meant', async () => {
    const { cwd, dir } = desk.configured(`export default { sesions: {} }`)
    const { code, stderr } = await desk.run(['dev', '--data-dir', dir], {}, cwd)
    expect(code).toBe(3)
    expect(stderr).toContain('Did you mean "sessions"?')
  })
})

describe('a stop', () => {
  test('a request under way is answered; until then /readyz answers 503 to new connections', async () => {
    const server = await desk.serve(desk.folder())
    const body = JSON.stringify({ identifier: 'ada@example.com', password: good })
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8')
    let heard = ''
    socket.on('data', (text) => {
      heard += text
    })
    const head = [
      'POST /auth/register HTTP/1.1',
      'host: 127.0.0.1',
      'content-type: application/json',
      'x-auth-strategy: bearer',
      `content-length: ${body.length}`,
      'expect: 100-continue',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    await expect.poll(() => heard).toContain('100 Continue')
    server.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(503)
    socket.write(body)
    await once(socket, 'close')
    expect(heard).toContain('201 Created')
    const [code] = await server.closed
    expect(code).toBe(0)
    await expect(fetch(`${server.url}/readyz`)).rejects.toThrow()
  })

  test('a database that cannot be closed makes the exit a failure, with the reason', async () => {
    const { cwd, dir } = desk.configured(`
      import { sqlite } from '${built('sqlite.js')}'
      const storage = sqlite('${desk.folder()}')
      const close = async () => { throw new Error('the disk is gone') }
      export default { storage: { ...storage, open: (setup) => ({ ...storage.open(setup), close }) } }
    `)
    const server = await desk.serve(dir, {}, cwd)
    expect(await server.stop('SIGTERM')).toBe(1)
    expect(server.said.stderr).toContain('error: the disk is gone')
  })
})
