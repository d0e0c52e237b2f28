import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { engines } from '../../../test/engines.ts'
import { device } from '../../../test/flows/browser.ts'
import { houseOn, storageAt } from '../../../test/flows/house.ts'
import { memoryThrough } from '../../../test/memory-through.ts'
import { failingStorage } from '../../../test/security/failing.ts'
import { fixed } from '../../index.ts'
import { sqlite } from '../../sqlite.ts'
import { silenceMs } from '../../storage/changes.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const mail = { from: 'Example <hi@example.com>', transport: 'inbox' as const }

/** One node, with what operators and people do there. */
function node(...[storage, options]: Parameters<typeof houseOn>) {
  const house = houseOn(storage, { mail, infra: { runJobs: false }, ...options }, { jobsAtOnce: true })
  closers.push(() => house.auth.close())
  const { settings, audit } = house.auth.asSystem('test')
  return {
    ...house,
    audit,
    list: settings.list,
    set: (wishes: Record<string, string | number | boolean | null>) => settings.set({ settings: wishes }),
    async named(name: string) {
      const { value, source, problem } = (await settings.list()).settings.find((one) => one.name === name) ?? {}
      return [value, source, problem]
    },
    async register(email: string, password = 'correct horse battery') {
      const { status, body } = await device(house).send('POST', '/auth/register', { email, password })
      return body.code ?? status
    },
    async page() {
      const response = await house.auth.handle(new Request('https://app.example.com/auth/password/reset?token=x'))
      return { status: response.status, text: await response.text() }
    },
  }
}

test('what an operator sets holds from the next request on, in place of the option, until it is reset', async () => {
  const { set, named, register, page, audit } = node(sqlite(':memory:'), { password: { minLength: 10 } })
  expect(await named('users.registration')).toEqual([true, 'default', null])
  expect(await named('password.minLength')).toEqual([10, 'option', null])
  expect((await page()).text).toMatch(/lang="en"[\s\S]*At least 10 characters/)

  const { settings } = await set({ 'users.registration': false, 'password.minLength': 30, 'mail.language': 'it' })
  expect(settings.find(({ name }) => name === 'password.minLength')).toEqual({
    name: 'password.minLength',
    label: 'Min length',
    summary: 'The shortest password that may be set, in code points',
    type: 'number',
    choices: [],
    value: 30,
    source: 'setting',
    fallback: 10,
    default: 12,
    isFixed: false,
    schema: { type: 'integer', minimum: 8, maximum: 64 },
    problem: null,
  })
  expect(Object.fromEntries(settings.map(({ name, type, choices }) => [name, [type, ...choices]]))).toMatchObject({
    'users.registration': ['boolean'],
    'mail.language': ['choice', 'en', 'it'],
    'account.grace': ['duration', false],
  })
  expect(await register('ada@example.com')).toBe('registration_closed')
  expect((await page()).text).toMatch(/lang="it"[\s\S]*Almeno 30 caratteri/)

  await set({ 'users.registration': null })
  expect(await register('ada@example.com')).toBe('password_rejected')
  await set({ 'password.minLength': null, 'mail.language': null, 'users.registration': null })
  expect(await register('ada@example.com')).toBe(201)
  expect((await page()).text).toMatch(/lang="en"[\s\S]*At least 10 characters/)

  const { entries } = await audit.list({ action: 'identity.setting.changed' })
  const changes = entries.map(({ actor, target, before, after }) => JSON.stringify([actor.id, target, before, after]))
  expect(changes.toSorted()).toEqual(
    [
      ['test', 'users.registration', null, false],
      ['test', 'password.minLength', null, 30],
      ['test', 'mail.language', null, 'it'],
      ['test', 'users.registration', false, null],
      ['test', 'password.minLength', 30, null],
      ['test', 'mail.language', 'it', null],
    ]
      .map((change) => JSON.stringify(change))
      .toSorted(),
  )
})

test('a name there is not and a value a setting does not take are refused by name, and nothing of the call is set', async () => {
  const { set, list, register } = node(sqlite(':memory:'))
  const refused = await set({ 'users.registration': false, 'password.minLength': 7, 'users.nonsense': 1, 'a/b~c': 1 }).result()
  expect(refused.ok || [refused.error.code, refused.error.issues?.map(({ pointer }) => pointer)]).toEqual([
    'validation_failed',
    ['/settings/password.minLength', '/settings/users.nonsense', '/settings/a~1b~0c'],
  ])
  expect((await list()).settings.map(({ source }) => source)).not.toContain('setting')
  expect(await register('ada@example.com')).toBe(201)
})

test('a value that another release has set is neither used nor passed over: who asks is refused until it is set again', async () => {
  const { set, named, register, database, auth } = node(sqlite(':memory:'))
  await auth.ready()
  await set({ 'users.registration': false })
  await sql`update setting set value = '"invited"' where name = 'users.registration'`.execute(database.everything())
  await set({ 'password.minLength': 12 }) // whoever writes to the table by hand is heard with the next change
  expect(await register('ada@example.com')).toBe('unavailable')
  const problem = { code: 'wrong_type', message: expect.stringContaining('expected boolean') }
  expect(await named('users.registration')).toEqual(['invited', 'setting', problem])
  await set({ 'users.registration': null })
  expect(await register('ada@example.com')).toBe(201)
})

test('asking costs no statement where nothing has changed, and is refused where the database cannot answer', async () => {
  const statements: string[] = []
  const counted = node(
    memoryThrough((run) => (text, parameters) => {
      statements.push(text)
      return run(text, parameters)
    }),
  )
  await counted.page()
  statements.length = 0
  expect((await counted.page()).status).toBe(200)
  expect(statements).toEqual([])

  const { storage, fail } = failingStorage()
  const { auth, page, register } = node(storage)
  await auth.ready()
  fail('outage')
  expect([(await page()).status, await register('ada@example.com')]).toEqual([503, 'unavailable'])
  fail(undefined)
  expect((await page()).status).toBe(200)
})

describe.each(engines.filter(({ name }) => name !== 'sqlite-memory'))('two nodes on one $name', ({ open }) => {
  test('the other one follows as soon as it hears of it, and asks the database itself while it hears nothing', async () => {
    const engine = await open()
    closers.push(engine.cleanup)
    const [here, there] = [node(engine.storage), node(storageAt(engine.location ?? ''))]
    await here.page()
    await there.page()
    for (const length of [20, 21, 22, 23, 24]) {
      await here.set({ 'password.minLength': length })
      expect((await here.page()).text).toContain(`At least ${length} characters`)
      await expect.poll(async () => (await there.page()).text, { interval: 5 }).toContain(`At least ${length} characters`)
    }

    there.advance(silenceMs + 1)
    await here.set({ 'password.minLength': 25 })
    expect((await there.page()).text).toContain('At least 25 characters')
  })

  test('operators who set the same at the same moment come one after the other: each says what was there before', async () => {
    const engine = await open()
    closers.push(engine.cleanup)
    const nodes = [node(engine.storage), node(storageAt(engine.location ?? ''))]
    for (const { auth } of nodes) await auth.ready()
    const lengths = [20, 21, 22, 23, 24, 25, 26, 27]
    await Promise.all(lengths.map((length, at) => nodes[at % 2]?.set({ 'password.minLength': length })))

    const { entries } = (await nodes[0]?.audit.list({ action: 'identity.setting.changed' })) ?? { entries: [] }
    const next = new Map(entries.map(({ before, after }) => [before, after]))
    const path = lengths.reduce<unknown[]>((steps) => [...steps, next.get(steps.at(-1) as number | null)], [null])
    expect(path.toSorted()).toEqual([...lengths, null])
    expect(await nodes[1]?.named('password.minLength')).toEqual([path.at(-1), 'setting', null])
  })

  test('a fixed option beats what was set before, and setting it is refused', async () => {
    const engine = await open()
    closers.push(engine.cleanup)
    const free = node(engine.storage)
    await free.set({ 'users.registration': true, 'password.minLength': 8 })
    const { set, named, register } = node(storageAt(engine.location ?? ''), {
      users: { registration: fixed(false) },
      password: { minLength: fixed(20) },
    })
    expect(await register('ada@example.com')).toBe('registration_closed')
    expect(await named('password.minLength')).toEqual([20, 'fixed', null])
    const refused = await set({ 'users.registration': true }).result()
    expect(refused.ok || [refused.error.code, refused.error.status]).toEqual(['setting_fixed', 409])
    await set({ 'users.registration': null })
    expect(await free.named('users.registration')).toEqual([true, 'default', null])
    expect(() => node(sqlite(':memory:'), { password: { minLength: fixed(7) } })).toThrow('password.minLength: Too small')
  })
})
