import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { engines, type OpenedEngine } from '../../test/engines.ts'
import { type Auth, AuthError, type Ctx, contract, defineErrors, endpoint, event, feature, type Migration } from '../index.ts'
import { type House, openHouse } from '../server.ts'

const E = defineErrors({ word_taken: { status: 409, title: 'The word is there already' } })
const wordEvents = { 'words.word.kept': event({ summary: 'A word was kept', data: z.object({ word: z.string() }), audit: true }) }

declare module '../kernel/contract/event.ts' {
  interface EventCatalogue {
    'words.word.kept': { word: string }
  }
}

const wordsContract = contract(
  'words',
  {
    keep: endpoint({
      method: 'POST',
      path: '/words',
      access: 'public',
      summary: 'Keep a word',
      body: z.strictObject({ word: z.string() }),
      returns: z.object({ keptAt: z.date().transform((at) => at.toISOString()) }),
      errors: [E.word_taken],
    }),
  },
  wordEvents,
)

const first: Migration = {
  id: '001_word',
  up: ({ raw, types }) => [
    raw(`create table word (text ${types.text} primary key, kept_at ${types.instant} not null)`),
    raw('create index word_by_age on word (kept_at)'),
  ],
  down: ({ raw }) => [raw('drop table word')],
}
const second: Migration = {
  id: '002_length',
  up: ({ raw, types }) => [raw(`alter table word add column length ${types.integer} not null default 0`)],
  down: ({ raw }) => [raw('alter table word drop column length')],
}

const words = (migrations: readonly Migration[]) =>
  feature({
    name: 'words',
    contract: wordsContract,
    migrations,
    create: ({ transaction }) => ({
      keep: (ctx: Ctx, word: string) =>
        transaction(ctx, async (tx) => {
          await tx.query`insert into word (text, kept_at, length) values (${word}, ${tx.at}, ${word.length})`
          tx.emit('words.word.kept', { data: { word } })
          const [row] = await tx.query<{ kept_at: Date; length: number }>`select kept_at, length from word where text = ${word}`
          if (!row || Number(row.length) > 5) throw new AuthError(E.word_taken)
          return { keptAt: row.kept_at }
        }),
    }),
    handlers: (service) => ({ keep: ({ ctx, input }) => service.keep(ctx, input.word) }),
  })

const request = new Request('https://app.example.com', { method: 'POST' })

/** Houses on one fresh database a test, closed after it. */
function houses(open: () => Promise<OpenedEngine>) {
  let engine: OpenedEngine
  const opened: House[] = []
  beforeEach(async () => {
    engine = await open()
  })
  afterEach(async () => {
    for (const house of opened.splice(0)) await house.close()
    await engine.cleanup()
  })
  return {
    house(migrations: readonly Migration[] | undefined, migrate = false) {
      const features = migrations ? [words(migrations)] : []
      const options = { baseUrl: 'https://app.example.com', secret: 's'.repeat(32), storage: engine.storage, features }
      const house = openHouse({ options, migrate })
      opened.push(house)
      return { ...house, api: (house.auth as Auth<object, [ReturnType<typeof words>]>).as(request) }
    },
  }
}

describe.each(engines)("an application's own feature on $name", ({ open }) => {
  const { house } = houses(open)
  test('its steps are planned, applied after ours, and taken back like ours', async () => {
    const { schema } = house([first, second])
    expect((await schema.plan()).find(({ name }) => name === 'words/001_word')?.statements).toHaveLength(2)
    expect((await schema.up()).slice(-2)).toEqual(['words/001_word', 'words/002_length'])
    expect((await schema.status()).slice(-2)).toMatchObject([
      { name: 'words/001_word', state: 'applied' },
      { name: 'words/002_length', state: 'applied' },
    ])
    expect(await schema.down(2)).toEqual(['words/002_length', 'words/001_word'])
    expect((await schema.status()).slice(-2).map(({ state }) => state)).toEqual(['pending', 'pending'])
    expect(await schema.up()).toEqual(['words/001_word', 'words/002_length'])
  })

  test('without its steps the house does not boot, and says what to run', async () => {
    const { auth, schema } = house([first, second])
    await expect(auth.ready()).rejects.toMatchObject({
      message: expect.stringContaining('words/001_word'),
      remedy: expect.stringContaining('migrate up'),
    })
    await schema.up()
    await expect(auth.ready()).resolves.toBeUndefined()
  })

  test('its row, its event and its audit row commit together, or none of them does', async () => {
    const { api, auth } = house([first, second], true)
    const heard: string[] = []
    auth.on('words.*', ({ data }) => void heard.push(data.word))
    expect((await api.words.keep({ word: 'moon' })).keptAt).toMatch(/^\d{4}-.*Z$/)
    await expect(api.words.keep({ word: 'lighthouse' })).rejects.toMatchObject({ code: 'word_taken' })
    const { entries } = await auth.asSystem('test').audit.list()
    expect(entries.map(({ action }) => action)).toEqual(['words.word.kept'])
    await expect(api.words.keep({ word: 'moon' })).rejects.toMatchObject({ code: 'internal_error' })
    await auth.close()
    expect(heard).toEqual(['moon'])
  })
})

/** Engines whose database several houses can open. */
const shared = engines.filter(({ name }) => name !== 'sqlite-memory')

describe.each(shared)("an application's own feature that changes, on $name", ({ open }) => {
  const { house } = houses(open)

  test('a step that was changed after it was applied is drift: nothing boots on it', async () => {
    await house([first, second], true).auth.ready()
    const changed = house([{ ...first, up: ({ raw }) => [raw('create table word (text text)')] }, second])
    expect((await changed.schema.status()).at(-2)).toMatchObject({ name: 'words/001_word', state: 'drifted' })
    await expect(changed.auth.ready()).rejects.toMatchObject({
      name: 'BootError',
      remedy: expect.stringContaining('Restore the step'),
    })
  })

  test('its steps stay when the feature is switched off, and the house boots without it', async () => {
    await house([first, second], true).auth.ready()
    const without = house(undefined)
    await expect(without.auth.ready()).resolves.toBeUndefined()
    expect((await without.schema.status()).at(-1)).toMatchObject({ name: 'words/002_length', state: 'unknown' })
  })
})
