import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { device } from './browser.ts'
import { houseOn } from './house.ts'

/** bcrypt of "correct horse battery", as another system made it. */
const bcrypt = '$2y$04$CBvtRYFuoDyM/2BmWykPu.hPndunlRICNG5GYfJ4.TMoNb4wAQTkm'

const table = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n`

describe.each(engines.filter(({ name }) => name !== 'sqlite-memory'))('imports, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  const imports = () => house.auth.asSystem('moving day').imports
  const rows = () => house.database.everything<Record<string, Record<string, unknown>>>()

  beforeEach(async () => {
    engine = await open()
    house = houseOn(
      engine.storage,
      { users: { identifiers: ['email', 'username', 'phone'] }, infra: { runJobs: false } },
      { jobsAtOnce: true },
    )
    await house.auth.ready()
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const stage = (file: string | Uint8Array, of: { format?: 'csv' | 'ndjson'; mapping?: object; dryRun?: 'true' } = {}) =>
    imports().stage({
      format: of.format ?? 'csv',
      reason: 'moving day',
      file,
      ...(of.mapping && { mapping: JSON.stringify(of.mapping) }),
      ...(of.dryRun && { dryRun: of.dryRun }),
    })
  const report = async (id: string) =>
    (await imports().rows({ id, limit: 100 })).rows.map(({ row, code, field, outcome }) =>
      [row, code ?? outcome, field].filter(Boolean).join(' '),
    )
  const everybody = async () => (await house.auth.asSystem('test').users.list({ limit: 100 })).users

  test('people move in with their names, roles, notes and the passwords they had', async () => {
    const file = table(
      'Mail;Login;Vorname;Rolle;Abteilung;Hash;Bestätigt;Egal',
      `Ada@Example.com;ada.l;Ada;editor;engines;${bcrypt};yes;x`,
      '"grace@example.com";;"Grace ""Amazing""";;;;no;x',
    )
    const mapping = {
      Mail: 'email',
      Login: 'username',
      Vorname: 'firstName',
      Rolle: 'role',
      Abteilung: 'metadata.department',
      Hash: 'passwordHash',
      Bestätigt: 'emailVerified',
    }
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(file, 'utf16le')])
    const staged = await stage(utf16, { mapping })
    expect(staged).toMatchObject({ state: 'staged', counts: { rows: 2, ready: 2, refused: 0, created: 0 }, ignored: ['Egal'] })
    expect(await everybody()).toEqual([])

    await imports().run({ id: staged.id })
    await house.background.settled()
    expect(await imports().get({ id: staged.id })).toMatchObject({ state: 'done', counts: { ready: 0, created: 2, failed: 0 } })
    const people = (await everybody()).sort((a, b) => String(a.email).localeCompare(String(b.email)))
    expect(people).toMatchObject([
      { email: 'ada@example.com', username: 'ada.l', emailVerified: true, role: 'editor', metadata: { department: 'engines' } },
      { email: 'grace@example.com', username: null, emailVerified: false, role: 'user', firstName: 'Grace "Amazing"' },
    ])
    const login = await device(house).send('POST', '/auth/login', { identifier: 'ada.l', password: 'correct horse battery' })
    expect(login.status).toBe(200)
    expect(JSON.stringify(await rows().selectFrom('import_row').selectAll().execute())).not.toContain('$2b$')
    const [created] = (await house.auth.asSystem('test').audit.list({ action: 'identity.user.created' })).entries
    expect(created).toMatchObject({ actor: { kind: 'system', id: 'moving day' }, data: { reason: 'moving day' } })
    await expect(imports().run({ id: staged.id })).rejects.toMatchObject({ code: 'import_not_open' })
  })

  test('each row that cannot be is reported, and a dry run stays one', async () => {
    await house.auth.asSystem('test').users.create({ identifier: 'here@example.com' })
    const invalid = Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9]), Buffer.from('@example.com,a,user,,\r\n')])
    const head = table(
      'email,firstName,role,passwordHash,metadata',
      'ok@example.com,Ok,user,,"{""a"":1}"',
      'OK@example.com,Twice,user,,',
    )
    const tail = table(
      'here@example.com,Taken,user,,',
      'no address,A,user,,',
      ',Nobody,user,,',
      'root@example.com,A,owner,,',
      'hash@example.com,A,user,plain text,',
      'bell@example.com,\u0007,user,,',
      'json@example.com,A,user,,"{""__proto__"":{}}"',
      'short@example.com,A',
    )
    const { id, counts } = await stage(Buffer.concat([Buffer.from(head), invalid, Buffer.from(tail)]), { dryRun: 'true' })
    expect(counts).toEqual({ rows: 11, ready: 1, refused: 10, created: 0, failed: 0 })
    expect(await report(id)).toEqual([
      '2 ready',
      '3 duplicate_row email',
      '4 encoding',
      '5 identifier_taken email',
      '6 identifier_invalid email',
      '7 identifier_missing',
      '8 operator_role role',
      '9 password_hash_unknown passwordHash',
      '10 invalid firstName',
      '11 invalid metadata',
      '12 wrong_number_of_columns',
    ])
    await expect(imports().run({ id })).rejects.toMatchObject({ code: 'import_not_open' })

    const long = `{"email":"${'a'.repeat(200_000)}"}`
    const lines = [
      '{"email":"a@example.com","metadata":{"x":[1]}}',
      '',
      'not json',
      long,
      '{"identifier":"b@example.com"}',
      '[1]',
      '{"__proto__":1}',
      `{"email":"deep@example.com","metadata":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
      `{"email":"deep@example.com","metadata":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
      JSON.stringify({ email: 'deep@example.com', metadata: '['.repeat(30_000) }),
      JSON.stringify({ email: 'deep@example.com', metadata: `{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}` }),
    ]
    const other = await stage(lines.join('\n'), { format: 'ndjson' })
    expect(await report(other.id)).toEqual([
      ...['1 ready', '3 not_json', '4 row_too_large', '5 ready', '6 not_json', '7 not_json'],
      ...['8 not_json', '9 not_json', '10 invalid metadata', '11 invalid metadata'],
    ])
    await imports().discard({ id: other.id })
    expect(await rows().selectFrom('import_row').selectAll().where('import_id', '=', other.id).execute()).toEqual([])
  })

  test('a refused row says whom it was about, by the row a spreadsheet counts, and forgets them with their account', async () => {
    const { id: ada } = await house.auth.asSystem('test').users.create({ identifier: 'ada@example.com' })
    const file = table(
      'email,role,firstName',
      'no address,,',
      '',
      ' ADA@Example.com ,owner,"Ada',
      'Lovelace"',
      `${bcrypt},,`,
      `b@ll\u0000\u0007${'x'.repeat(300)},,`,
      ',,Nobody',
    )
    const { id } = await stage(file)
    const known = async () => (await imports().rows({ id })).rows.map(({ row, identifier }) => [row, identifier])
    const others = [
      [5, null],
      [6, `b@ll  ${'x'.repeat(248)}`],
      [7, null],
    ]
    expect(await known()).toEqual([[2, 'no…'], [4, 'ada@example.com'], ...others])
    await house.auth.asSystem('test').account.delete({ id: ada })
    expect(await known()).toEqual([[2, 'no…'], [4, null], ...others])
  })

  test('a file that cannot be read to its end leaves nothing', async () => {
    const many = Array.from({ length: 1_200 }, (_, i) => `user-${i}@example.com,A`)
    const broken: Record<string, string> = {
      'a quote that is never closed': table('email,firstName', ...many, 'x@example.com,"A'),
      'a row without an end': `${table('email,firstName')}x@example.com,"${'A'.repeat(200_000)}"`,
      'no identifier': table('name,firstName', 'a,b'),
      'a column twice': table('email,email', 'a@example.com,b@example.com'),
      nothing: '',
      'names and nobody': table('email'),
    }
    for (const [what, file] of Object.entries(broken))
      await expect(stage(file), what).rejects.toMatchObject({ code: 'import_not_readable' })
    const short = stage(table('email,firstName', 'a@example.com,A', '', 'x@example.com,"A'))
    await expect(short).rejects.toMatchObject({ issues: [{ pointer: '', code: 'quote_not_closed', row: 3 }] })
    async function* gone() {
      yield Buffer.from(table('email,firstName', ...many))
      throw new Error('the line is dead')
    }
    await expect(imports().stage({ format: 'csv', reason: 'r', file: gone() })).rejects.toThrow('the line is dead')
    expect(await rows().selectFrom('import_row').selectAll().execute()).toEqual([])
    expect((await imports().list()).imports).toEqual([])
  })

  test('a file that is taken for abandoned while it arrives, or is removed meanwhile, leaves nothing', async () => {
    const some = (from: number) => Array.from({ length: 600 }, (_, i) => `user-${from + i}@example.com`)
    async function* slow() {
      yield Buffer.from(table('email', ...some(0)))
      yield Buffer.from(table(...some(600)))
      house.advance(2 * 3_600_000)
      await house.service('imports').sweep()
      yield Buffer.from(table(...some(1200)))
    }
    await expect(imports().stage({ format: 'csv', reason: 'r', file: slow() })).rejects.toMatchObject({
      code: 'import_not_readable',
      detail: 'It took too long to arrive.',
    })
    for (const name of ['import_run', 'import_row', 'import_name'])
      expect(await rows().selectFrom(name).selectAll().execute(), name).toEqual([])

    // As a process leaves it that dies while removing.
    const { id } = await stage(table('email', ...some(0)))
    await rows().updateTable('import_run').set({ state: 'discarded' }).execute()
    await expect(imports().get({ id })).rejects.toMatchObject({ code: 'not_found' })
    house.advance(2 * 3_600_000)
    await house.service('imports').sweep()
    for (const name of ['import_run', 'import_row', 'import_name'])
      expect(await rows().selectFrom(name).selectAll().execute(), name).toEqual([])
  })

  test('an import that is broken off goes on where it was, and nobody is created twice', async () => {
    const file = table('email', ...Array.from({ length: 230 }, (_, i) => `user-${i}@example.com`))
    const { id } = await stage(file)
    await imports().run({ id })
    await imports().cancel({ id })
    await house.background.settled()
    const { state, counts } = await imports().get({ id })
    expect(state).toBe('cancelled')
    expect(counts.created).toBeLessThan(230)
    // Somebody comes by their own way meanwhile, and the last user of the dead process is there without the counts knowing.
    await house.auth.asSystem('test').users.create({ identifier: 'user-229@example.com' })
    await rows().updateTable('import_run').set({ state: 'running', created: 0 }).execute()
    await imports().run({ id })
    await house.background.settled()
    expect(await imports().get({ id })).toMatchObject({ state: 'done', counts: { rows: 230, ready: 0, created: 229, failed: 1 } })
    expect((await imports().rows({ id, outcome: 'failed' })).rows).toMatchObject([{ row: 231, code: 'identifier_taken' }])
    expect(await rows().selectFrom('user_profile').select('id').execute()).toHaveLength(230)
    const created = await rows().selectFrom('audit_entry').select('id').where('action', '=', 'identity.user.created').execute()
    expect(created).toHaveLength(230)
  })
})
