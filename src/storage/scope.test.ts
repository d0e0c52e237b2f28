import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../test/engines.ts'
import { callerOf, note, openNotes } from '../../test/notes.ts'

describe.each(engines)('tables(ctx) on $name', ({ open }) => {
  let opened: OpenedEngine
  let notes: ReturnType<typeof openNotes>
  const a = callerOf('a')
  const b = callerOf('b')
  beforeAll(async () => {
    opened = await open()
    notes = openNotes(opened.storage)
    await notes.database.schema.up()
    for (const ctx of [a, b]) {
      const id = `person-${ctx.poolId}`
      await notes.of(ctx).insertInto('person').values({ id, name: ctx.poolId }).execute()
      await notes
        .of(ctx)
        .insertInto('note')
        .values([note('same', { person_id: id }), note('other', { person_id: 'person-b' })])
        .execute()
    }
  })
  afterAll(async () => {
    await notes.database.close()
    await opened.cleanup()
  })
  const tenantsOf = (rows: readonly { tenant_id: string }[]) => [...new Set(rows.map(({ tenant_id }) => tenant_id))]

  test('fills in the tenant and reads only its own rows', async () => {
    const rows = await notes.of(a).selectFrom('note').selectAll().execute()

    expect(rows).toHaveLength(2)
    expect(tenantsOf(rows)).toEqual(['a'])
  })

  test('an or in raw SQL does not escape to another tenant', async () => {
    const rows = await notes.of(a).selectFrom('note').selectAll().where(sql<boolean>`1 = 1 or 1 = 1`).execute()
    const joined = await notes.of(a).selectFrom('word').rightJoin('word as w2', 'w2.id', 'word.id').selectAll().execute()

    expect(tenantsOf(rows)).toEqual(['a'])
    expect(joined).toEqual([])
  })

  test('an alias, a subquery, a common table expression and a union do not reach another tenant', async () => {
    const db = notes.of(a)
    const aliased = await db.selectFrom('note as n').selectAll().execute()
    const nested = await db.selectFrom(db.selectFrom('note').selectAll().as('n')).selectAll().execute()
    const common = await db
      .with('mine', (qb) => qb.selectFrom('note').selectAll())
      .selectFrom('mine')
      .selectAll()
      .execute()
    const union = await db.selectFrom('note').selectAll().unionAll(db.selectFrom('note').selectAll()).execute()
    const inWhere = await db
      .selectFrom('word')
      .selectAll()
      .where(({ exists, selectFrom }) => exists(selectFrom('note').select('id').where('tenant_id', '=', 'b')))
      .execute()

    for (const rows of [aliased, nested, common, union]) expect(tenantsOf(rows)).toEqual(['a'])
    expect(inWhere).toEqual([])
  })

  test('a join does not reach another pool, whichever kind of join', async () => {
    const db = notes.of(a)
    const inner = await db
      .selectFrom('note')
      .innerJoin('person as p', 'p.id', 'note.person_id')
      .select(['note.id', 'p.name'])
      .execute()
    const left = await db
      .selectFrom('note')
      .leftJoin('person', (join) => join.on(sql<boolean>`person.id = note.person_id or 1 = 1`))
      .select(['note.id', 'person.name'])
      .orderBy('note.id')
      .execute()
    const crossed = await db.selectFrom('note').crossJoin('person').select('person.name').execute()

    expect(inner).toEqual([{ id: 'same', name: 'a' }])
    expect(left).toEqual([
      { id: 'other', name: 'a' },
      { id: 'same', name: 'a' },
    ])
    expect(new Set(crossed.map(({ name }) => name))).toEqual(new Set(['a']))
    expect(() => db.selectFrom('word').rightJoin('note', 'note.id', 'word.id').selectAll().compile()).toThrow('RightJoin')
    expect(() => db.selectFrom('word').fullJoin('person', 'person.id', 'word.id').selectAll().compile()).toThrow('FullJoin')
  })

  test('an update or delete does not change rows of another tenant, nor move a row there', async () => {
    const [updated] = await notes.of(a).updateTable('note').set({ title: 'changed' }).where('id', '=', 'same').execute()
    const [deleted] = await notes.of(a).deleteFrom('note').where(sql<boolean>`id = 'same' or id = 'same'`).execute()

    expect([updated?.numUpdatedRows, deleted?.numDeletedRows]).toEqual([1n, 1n])
    expect(await notes.of(b).selectFrom('note').select('title').where('id', '=', 'same').execute()).toEqual([
      { title: 'title of same' },
    ])
    expect(() => notes.of(a).updateTable('note').set({ tenant_id: 'b' }).compile()).toThrow('an update of tenant_id')
  })

  test('an update from another table reads only the own tenant there', async () => {
    const [updated] = await notes
      .of(b)
      .updateTable('note')
      .from('person')
      .set({ title: (row) => row.ref('person.name') })
      .whereRef('person.id', '=', 'note.person_id')
      .where('person.name', '=', 'a')
      .execute()

    expect(updated?.numUpdatedRows).toBe(0n)
  })

  test('an insert cannot write into another tenant, nor overwrite its row through a conflict', async () => {
    const db = notes.of(b)
    const upsert = db
      .insertInto('person')
      .values({ id: 'person-a', name: 'stolen' })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ name: 'stolen' }))
    const [written] = await upsert.execute()

    expect(written?.numInsertedOrUpdatedRows).toBe(0n)
    expect(await notes.of(a).selectFrom('person').select('name').execute()).toEqual([{ name: 'a' }])
    expect(() =>
      db
        .insertInto('note')
        .values({ ...note('x'), tenant_id: 'a' })
        .compile(),
    ).toThrow('a foreign tenant_id')
    expect(
      db
        .insertInto('note')
        .values({ ...note('x'), tenant_id: 'b' })
        .compile().parameters,
    ).toContain('b')
    const selected = db.selectFrom('note').select(['tenant_id', 'id', 'title'])
    expect(() => db.insertInto('note').columns(['tenant_id', 'id', 'title']).expression(selected).compile()).toThrow(
      'without values',
    )
    expect(() => db.replaceInto('person').values({ id: 'person-a', name: 'stolen' }).compile()).toThrow('not plain')
  })

  test('what cannot be confined is refused', async () => {
    const db = notes.of(a)
    const undeclared = notes.database.tables<{ secrets: { id: string } }>(a)

    expect(() => undeclared.selectFrom('secrets').selectAll().compile()).toThrow('the table secrets')
    expect(() => db.withSchema('public').selectFrom('note').selectAll().compile()).toThrow('another schema')
    expect(() => db.selectFrom(sql<{ id: string }>`note`.as('n')).selectAll().compile()).toThrow('a raw source')
    expect(() => db.selectFrom('word').select(sql`(select count(*) from note)`.as('n')).compile()).toThrow('a raw subquery')
    expect(() =>
      db
        .with('note', (qb) => qb.selectFrom('note').selectAll())
        .selectFrom('note')
        .selectAll()
        .compile(),
    ).toThrow('named like')
    expect(() => db.schema.dropTable('note').compile()).toThrow('a change of schema')
    await expect(sql`select * from note`.execute(db)).rejects.toThrow('a raw statement')
  })

  test('a cleanup job sees every tenant', async () => {
    const rows = await notes.database
      .everything<{ note: { tenant_id: string } }>()
      .selectFrom('note')
      .select('tenant_id')
      .execute()

    expect(new Set(tenantsOf(rows))).toEqual(new Set(['a', 'b']))
  })
})
