import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { type ServerProcess, startServer } from '../second-process.ts'
import { type Answered, insist, openSockets, rounds, type Sockets } from './sockets.ts'

const shared = engines.filter(({ name }) => name !== 'sqlite-memory')
const password = 'correct horse battery'
const bearer = { 'x-auth-strategy': 'bearer' }
const perServer = 25
/** Each caller has an address of its own, so that limits by address and the queue's fairness are out of the picture. */
const from = (caller: number) => ({ 'x-forwarded-for': `198.51.${Math.floor(caller / 250)}.${1 + (caller % 250)}` })
const count = (answers: readonly Answered[], wanted: number) => answers.filter(({ status }) => status === wanted).length

/** Only the limit the races below are about stands; the others would be reached by their own set-up. */
const limits = {
  login: { shared: true },
  register: { shared: true },
  refresh: { address: { limit: 10, per: 300_000 }, shared: true },
}

describe.each(shared)('two servers on one $name', ({ open }) => {
  let engine: OpenedEngine
  let servers: ServerProcess[] = []
  let sockets: Sockets[] = []

  beforeAll(async () => {
    engine = await open()
    const house = houseOn(engine.storage)
    await house.auth.ready() // one makes the schema, two find it
    await house.auth.close()
    const options = { http: { trustProxy: ['127.0.0.1'], limits } }
    servers = await Promise.all([1, 2].map(() => startServer(engine.location ?? '', options)))
    sockets = await Promise.all(servers.map(({ origin }) => openSockets(origin, perServer)))
  })

  afterAll(async () => {
    for (const open of sockets) open.close()
    await Promise.all(servers.map((server) => server.stop()))
    await engine.cleanup()
  })

  /** 25 callers on each server, all at once over sockets that are open; each is judged, however long that takes. */
  async function race(round: number, path: string, bodyOf: (caller: number) => object): Promise<readonly Answered[]> {
    const answers = await Promise.all(
      sockets.flatMap(({ send }, server) =>
        Array.from({ length: perServer }, (_, index) => {
          const caller = server * perServer + index
          return insist(() => send('POST', path, bodyOf(caller), { ...bearer, ...from(round * 50 + caller) }))
        }),
      ),
    )
    expect(answers.every(({ warm }) => warm)).toBe(true)
    return answers
  }

  const first = () => sockets[0] as Sockets
  const register = (email: string) => first().send('POST', '/auth/register', { email, password }, bearer)

  test('RT-02: 50 parallel refreshes of one token have one successor, every answer carries it, and it is the only live head', async () => {
    for (const round of rounds) {
      const { body } = await register(`rita-${round}@example.com`)
      const answers = await race(round, '/auth/refresh', () => ({ refreshToken: body.refreshToken }))
      expect(count(answers, 200)).toBe(50)
      const heads = new Set(answers.map((answer) => answer.body.refreshToken))
      expect(heads.size).toBe(1)
      const [head] = heads
      expect(head).not.toBe(body.refreshToken)
      const later = (refreshToken?: string) => first().send('POST', '/auth/refresh', { refreshToken }, from(5000 + round))
      expect((await later(head)).status).toBe(200)
      expect((await later(body.refreshToken)).status).toBe(401)
    }
  }, 120_000)

  test('CC-01: 50 parallel registrations of one address, in any case and Unicode form, make one account', async () => {
    const variants = (round: number) => [
      `ada-${round}@example.com`,
      `ADA-${round}@Example.COM`,
      ` Ada-${round}@example.com `,
      `\uff41da-${round}@example.com`, // full-width a
    ]
    for (const round of rounds) {
      const answers = await race(round, '/auth/register', (caller) => ({ email: variants(round)[caller % 4], password }))
      expect([count(answers, 201), count(answers, 409)]).toEqual([1, 49])
    }
    const house = houseOn(storageAt(engine.location ?? ''))
    const emails = (await house.auth.asSystem('test').users.list({ limit: 100 })).users.map(({ email }) => email)
    expect(emails.filter((email) => email?.startsWith('ada-'))).toHaveLength(rounds.length)
    await house.auth.close()
  }, 120_000)

  test('PW-08: of 50 parallel wrong guesses on one account from one address exactly 5 are judged', async () => {
    for (const round of rounds) {
      const email = `paul-${round}@example.com`
      await register(email)
      const guess =
        ({ send }: Sockets) =>
        () =>
          send('POST', '/auth/login', { email, password: 'a wrong guess' }, from(0))
      const answers = await Promise.all(sockets.flatMap((open) => Array.from({ length: perServer }, () => insist(guess(open)))))
      expect([count(answers, 401), count(answers, 429)]).toEqual([5, 45])
    }
  }, 120_000)

  test('RL-04: of 200 parallel requests from one address at a limit of 10 exactly 10 pass, over both servers', async () => {
    for (const round of rounds) {
      const noise = { refreshToken: 'noise' }
      const ask = ({ send }: Sockets) => send('POST', '/auth/refresh', noise, { 'x-forwarded-for': `203.0.113.${round}` })
      const answers = await Promise.all(sockets.flatMap((open) => Array.from({ length: 4 * perServer }, () => ask(open))))
      expect([count(answers, 401), count(answers, 429)]).toEqual([10, 190])
    }
  }, 120_000)
})
