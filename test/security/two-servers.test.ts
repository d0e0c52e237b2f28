import { afterEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'
import { inProcesses } from '../second-process.ts'

type Answers = readonly (readonly [status: number, refreshToken: string | undefined])[]

const shared = engines.filter(({ name }) => name !== 'sqlite-memory')
const rounds = Array.from({ length: 10 }, (_, round) => `ada-${round}@example.com`)
const password = 'correct horse battery'
const count = (answers: Answers, wanted: number) => answers.filter(([status]) => status === wanted).length

describe.each(shared)('two servers on one $name', ({ open }) => {
  let engine: OpenedEngine
  afterEach(() => engine.cleanup())

  /** Sends every body 25 times from each of two processes. @returns the 50 answers of each body */
  async function race(path: string, bodies: readonly object[]): Promise<readonly Answers[]> {
    const found = (await inProcesses(2, engine.location ?? '', JSON.stringify({ path, bodies }), 'calls')) as Answers[][]
    return bodies.map((_, round) => found.flatMap((answers) => answers[round] ?? []))
  }

  /** Works on the database before the race, and lets go of it. */
  async function onDatabase<T>(work: (house: ReturnType<typeof houseOn>) => Promise<T>): Promise<T> {
    engine = await open()
    const house = houseOn(engine.storage)
    try {
      await house.auth.ready()
      return await work(house)
    } finally {
      await house.auth.close()
    }
  }

  test('RT-02: 50 parallel refreshes of one token have one successor, and every answer carries it', async () => {
    const bodies = await onDatabase(async (house) => {
      const tokens: object[] = []
      for (const email of rounds) {
        const { body } = await device(house).send('POST', '/auth/register', { email, password }, { 'x-auth-strategy': 'bearer' })
        tokens.push({ refreshToken: body.refreshToken })
      }
      return tokens
    })
    for (const answers of await race('/auth/refresh', bodies)) {
      expect(count(answers, 200)).toBe(50)
      expect(new Set(answers.map(([, token]) => token)).size).toBe(1)
    }
  }, 120_000)

  test('CC-01: 50 parallel registrations of one address make one account', async () => {
    await onDatabase(async () => {})
    const answers = await race(
      '/auth/register',
      rounds.map((email) => ({ email, password })),
    )
    for (const ofOne of answers) expect([count(ofOne, 201), count(ofOne, 409)]).toEqual([1, 49])
  }, 120_000)

  test('PW-08: of 50 parallel wrong guesses on one account exactly 5 are judged', async () => {
    await onDatabase(async (house) => {
      for (const email of rounds) await device(house).send('POST', '/auth/register', { email, password })
    })
    const answers = await race(
      '/auth/login',
      rounds.map((email) => ({ email, password: 'a wrong guess' })),
    )
    for (const ofOne of answers) expect([count(ofOne, 401), count(ofOne, 429)]).toEqual([5, 45])
  }, 120_000)
})
