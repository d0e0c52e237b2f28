import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../test/engines.ts'
import { noon, noteMigrations, openNotes } from '../../test/notes.ts'
import type { FeatureMigration } from './types.ts'

const names = ['storage/001_change', 'notes/001_notes', 'notes/002_words']

const [first, second] = noteMigrations as readonly [FeatureMigration, FeatureMigration]

describe.each(engines)('migrations on $name', ({ open }) => {
  let opened: OpenedEngine
  let notes: ReturnType<typeof openNotes>
  beforeEach(async () => {
    opened = await open()
    notes = openNotes(opened.storage)
  })
  afterEach(async () => {
    await notes.database.close()
    await opened.cleanup()
  })

  test('are applied in order, once, and taken back in the opposite order', async () => {
    const { schema } = notes.database

    expect((await schema.status()).map(({ state }) => state)).toEqual(['pending', 'pending', 'pending'])
    expect((await schema.plan()).map(({ name }) => name)).toEqual(names)
    expect(await schema.up()).toEqual(names)
    expect(await schema.up()).toEqual([])
    expect(await schema.status()).toEqual(names.map((name) => ({ name, state: 'applied', appliedAt: noon })))
    expect(await schema.down()).toEqual(['notes/002_words'])
    expect((await schema.plan())[0]?.statements[0]).toContain('create table "word"')
    expect(await schema.down(5)).toEqual(['notes/001_notes', 'storage/001_change'])
    expect(await schema.up()).toEqual(names)
  })

  test('a step that fails leaves nothing behind and says which one it was', async () => {
    const broken: FeatureMigration = {
      feature: 'notes',
      id: '003_broken',
      up: ({ schema, raw }) => [
        schema.createTable('half').addColumn('id', 'text'),
        raw(sql`insert into nowhere (id) values (1)`),
      ],
      down: () => [],
    }
    const { database } = openNotes(opened.storage, { migrations: [...noteMigrations, broken] })
    const { schema } = database

    await expect(schema.up()).rejects.toMatchObject({ name: 'BootError', message: expect.stringContaining('notes/003_broken') })
    expect((await schema.status()).map(({ state }) => state)).toEqual(['applied', 'applied', 'applied', 'pending'])
    await expect(sql`select * from half`.execute(database.everything())).rejects.toThrow('half')
    await database.close()
  })

  test('two steps of one name are refused', () => {
    expect(() => openNotes(opened.storage, { migrations: [first, first] })).toThrow('two migrations named notes/001_notes')
  })
})

/** Engines whose database several storages can open. */
const shared = engines.filter(({ name }) => name !== 'sqlite-memory')

describe.each(shared)('migrations of several runners on $name', ({ open }) => {
  let opened: OpenedEngine
  let notes: ReturnType<typeof openNotes>
  const others: ReturnType<typeof openNotes>[] = []
  beforeEach(async () => {
    opened = await open()
    notes = openNotes(opened.storage)
  })
  afterEach(async () => {
    await notes.database.close()
    for (const other of others.splice(0)) await other.database.close()
    await opened.cleanup()
  })
  function reopened(migrations: readonly FeatureMigration[]) {
    const other = openNotes(opened.storage, { migrations })
    others.push(other)
    return other.database.schema
  }

  test('a changed step is drift and nothing more is applied', async () => {
    await notes.database.schema.up()
    const changed = reopened([first, { ...second, up: ({ schema }) => [schema.createTable('word').addColumn('id', 'text')] }])

    expect((await changed.status()).map(({ state }) => state)).toEqual(['applied', 'applied', 'drifted'])
    await expect(changed.up()).rejects.toMatchObject({ name: 'BootError', remedy: expect.stringContaining('add a new one') })
    await expect(changed.down()).rejects.toMatchObject({ name: 'BootError' })
  })

  test('steps of a feature that is off are unknown, stay applied, and cannot be taken back', async () => {
    await notes.database.schema.up()
    const without = reopened([])

    expect((await without.status()).at(-1)).toEqual({ name: 'notes/002_words', state: 'unknown', appliedAt: noon })
    expect(await without.up()).toEqual([])
    await without.assertCurrent()
    await expect(without.down()).rejects.toMatchObject({ name: 'BootError', message: expect.stringContaining('not known here') })
  })

  test('a database that a later version has changed is refused, whoever migrates, and the remedy is to be had', async () => {
    await notes.database.schema.up()
    const older = reopened([first])
    const refusal = {
      message: expect.stringContaining('notes/002_words'),
      remedy: expect.stringContaining('the version and options that applied it'),
    }

    await expect(older.up()).rejects.toMatchObject(refusal)
    await expect(older.assertCurrent()).rejects.toMatchObject(refusal)
    await notes.database.schema.down()
    await older.assertCurrent()
  })

  test('a database that is behind is refused until an operator has migrated it', async () => {
    await reopened([first]).up()

    await expect(notes.database.schema.assertCurrent()).rejects.toMatchObject({
      message: expect.stringContaining('notes/002_words'),
      remedy: expect.stringContaining('migrate up'),
    })
    await notes.database.schema.up()
    await notes.database.schema.assertCurrent()
  })

  test('of two runners at the same moment exactly one applies each step', async () => {
    const runners = [notes.database.schema, reopened(noteMigrations), reopened(noteMigrations)]

    const applied = await Promise.all(runners.map((schema) => schema.up()))

    expect(applied.flat().toSorted()).toEqual(names.toSorted())
  })
})
