import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keep } from '../../test/flows/browser.ts'
import { houseOn } from '../../test/flows/house.ts'
import { everythingOn } from '../../test/security/routes.ts'
import { panelContracts } from '../app/contracts.ts'
import { type AdminClientOptions, createAdminClient, type PanelApi } from '../client.ts'
import { toNode } from '../node.ts'
import { sqlite } from '../sqlite.ts'

const secret = 'k'.repeat(43)
const operator = { identifier: 'operator@example.com', password: 'correct horse battery' }
const house = houseOn(sqlite(':memory:'), { ...everythingOn, admin: { secret }, infra: { runJobs: false } }, { jobsAtOnce: true })
const server = createServer(toNode(house.auth).routes)
let baseUrl: string
let id: string

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  baseUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const owner = await house.auth.asSystem('test').users.create({ identifier: operator.identifier, role: 'owner' })
  const { temporaryPassword } = await house.auth.asSystem('test').password.reset({ id: owner.id })
  const first = atPanel()
  const pending = await first.admin.login({ ...operator, password: temporaryPassword })
  const loginToken = pending.status === 'factor_required' ? pending.loginToken : ''
  await first.admin.finishLogin({ loginToken, newPassword: operator.password })
  id = owner.id
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await house.auth.close()
})

/** The client as a page of the panel has it: a browser keeps the cookies and says where a request comes from. */
function atPanel(options: AdminClientOptions = {}, jar = new Map<string, string>()) {
  const through: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    request.headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    request.headers.set('sec-fetch-site', 'same-origin')
    const response = await fetch(request)
    for (const line of response.headers.getSetCookie()) keep(jar, line)
    return response
  }
  return createAdminClient({ baseUrl, fetch: through, ...options })
}

/** One call of each group. */
const calls: { readonly [G in keyof PanelApi]: (client: PanelApi) => Promise<object> } = {
  admin: ({ admin }) => admin.ping(),
  users: ({ users }) => users.get({ id }),
  sessions: ({ sessions }) => sessions.list({ userId: id }),
  password: ({ password }) => password.state({ id }),
  email: ({ email }) => email.verify({ id }).then(() => ({})),
  account: ({ account }) => account.export({ id }),
  keys: ({ keys }) => keys.list(),
  audit: ({ audit }) => audit.list({ limit: 1 }),
  jobs: ({ jobs }) => jobs.list(),
  mail: ({ mail }) => mail.listTexts(),
  settings: ({ settings }) => settings.list(),
  telemetry: ({ telemetry }) => telemetry.daily({}),
  texts: ({ texts }) => texts.list(),
  system: ({ system }) => system.get(),
  bulk: ({ bulk }) => bulk.list(),
  impersonation: ({ impersonation }) => impersonation.terms(),
  pictures: ({ pictures }) => pictures.list().then(() => ({})),
  imports: ({ imports }) => imports.stage({ format: 'csv', reason: 'moving', file: 'email\nada@example.com\n' }),
}

test('a script reaches every group of calls with the secret, and nobody with another one', async () => {
  const script = createAdminClient({ baseUrl: `${baseUrl}/`, secret })
  expect(Object.keys(script).toSorted()).toEqual(panelContracts.map(({ name }) => name).toSorted())
  const stranger = createAdminClient({ baseUrl, secret: `${secret}x` })
  for (const [name, call] of Object.entries(calls)) {
    await expect(call(stranger), name).rejects.toMatchObject({ code: 'unauthorized', status: 401 })
    expect(typeof (await call(script)), name).toBe('object')
  }
})

test('a refusal says what it is: its code and status, why each field was refused, and a number for the logs', async () => {
  const { users } = createAdminClient({ baseUrl, secret })
  const nobody = await users.get({ id: 'nobody' }).result()
  expect(nobody).toMatchObject({ ok: false, error: { code: 'not_found', status: 404, title: 'Not found' } })
  const refused = await users.setRole({ id, role: 'x'.repeat(65) }).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'validation_failed', status: 400, issues: [{ pointer: '/role' }] })
  expect((refused as { id: string }).id).toMatch(/^urn:uuid:|^[0-9a-f-]{36}$/)
  await expect(users.setRole({ id, role: 'user' })).rejects.toMatchObject({ code: 'last_owner', status: 409 })
  const away = createAdminClient({ baseUrl: 'http://127.0.0.1:1', secret })
  await expect(away.users.list()).rejects.toMatchObject({ code: 'unreachable', status: 0 })
})

test('the panel’s cookie does nothing that changes anything before the token is known, and everything after', async () => {
  const panel = atPanel()
  await panel.admin.login(operator)
  const wish = { action: 'revokeSessions' as const, selector: { ids: ['nobody'] }, reason: 'a test' }
  const file = { format: 'csv' as const, reason: 'moving', file: 'email\neve@example.com\n' }
  for (const forged of [() => panel.bulk.start(wish), () => panel.imports.stage(file)])
    await expect(forged()).rejects.toMatchObject({ code: 'csrf_rejected', status: 403 })
  await panel.admin.ping()
  const run = await panel.bulk.start(wish)
  await house.background.settled()
  expect((await panel.bulk.rows({ id: run.id })).rows).toMatchObject([{ userId: 'nobody', code: 'not_found' }])
  expect((await panel.bulk.get({ id: run.id })).actor).toEqual({ kind: 'user', id })
  const staged = await panel.imports.stage(file)
  expect((await panel.imports.run({ id: staged.id })).state).toBe('running')
  await house.background.settled()
  expect((await panel.imports.rows({ id: staged.id })).rows).toMatchObject([
    { outcome: 'created', identifier: 'eve@example.com' },
  ])
  expect(await panel.bulk.cancel({ id: run.id }).result()).toMatchObject({ ok: false, error: { code: 'bulk_run_over' } })
  expect((await panel.imports.discard({ id: staged.id }).result()).ok).toBe(true)
})

test('of the sessions that are listed one is marked as that of whoever asks; a script has none', async () => {
  const desks = [atPanel(), atPanel()]
  for (const { admin } of desks) await admin.login(operator)
  const markedFor = async ({ sessions }: PanelApi) =>
    (await sessions.list({ userId: id })).sessions.flatMap((one) => (one.current ? [one.sessionHandle] : []))
  const [[here, ...more] = [], [there] = []] = await Promise.all(desks.map(markedFor))
  expect([typeof here, typeof there, here === there, more]).toEqual(['string', 'string', false, []])
  expect(await markedFor(createAdminClient({ baseUrl, secret }))).toEqual([])
})

test('an act whose session is over waits for the login, once for all of them, and is sent again; whoever does not come back hears it', async () => {
  const jar = new Map<string, string>()
  const aside = atPanel({}, jar)
  let [asked, isBack] = [0, true]
  const onSessionOver = async () => {
    asked += 1
    if (isBack) {
      await aside.admin.login(operator)
      panel.token = (await panel.client.admin.ping()).csrfToken
    }
    return isBack
  }
  const panel: { client: PanelApi; token: string | null } = { client: atPanel({ onSessionOver }, jar), token: null }
  await panel.client.admin.login(operator)
  const before = (await panel.client.admin.ping()).csrfToken

  await house.auth.asSystem('test').sessions.revokeAll({ id })
  const [role, list, state] = await Promise.all([
    panel.client.users.setRole({ id, role: 'owner' }),
    panel.client.users.list(),
    panel.client.password.state({ id }),
  ])
  expect([role.role, list.users.some((user) => user.id === id), typeof state]).toEqual(['owner', true, 'object'])
  expect([asked, panel.token === before]).toEqual([1, false])

  isBack = false
  await house.auth.asSystem('test').sessions.revokeAll({ id })
  await expect(panel.client.users.list()).rejects.toMatchObject({ status: 401 })
  expect(asked).toBe(2)
})
