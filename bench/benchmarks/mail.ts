import { type Benchmark, type Figure, type Pace, quantile, toFigures } from '../benchmark.ts'
import { type Child, startChild } from '../child.ts'
import { withPlaces } from '../databases.ts'
import { type Driver, type Load, startDriver } from '../load.ts'
import { freePort } from '../ports.ts'

const readers = 8
const perSecond = 80
const behaviours = ['answers', 'hangs'] as const
type Behaviour = (typeof behaviours)[number]

/** A house, its mail server, and how long its requests took. */
interface Bed {
  readonly behaviour: Behaviour
  readonly port: number
  readonly server: Child<number>
  readonly house: Child<string>
  readonly p50: number[]
  readonly p99: number[]
}

/** What people notice when the mail server does not answer. */
export const mail: Benchmark = {
  definition: `Milliseconds of requests that each owe a mail (POST /auth/password/forgot for one of ${readers} people, ${perSecond} per second on ${readers} connections), SQLite, the house and its mail server in processes of their own. The server "answers" and takes every mail, or "hangs": it accepts connections and never says a word, so that each attempt ends by its time-out. The two houses take turns.`,
  run: (pace) =>
    withPlaces(async ({ folder }) => {
      const driver = await startDriver()
      const beds: Bed[] = []
      try {
        for (const behaviour of behaviours) beds.push(await bedOf(behaviour, folder))
        return await measured(driver, beds, pace)
      } finally {
        await driver.close()
        for (const { house, server } of beds) {
          await server.close()
          await house.close()
        }
      }
    }),
}

async function bedOf(behaviour: Behaviour, folder: string): Promise<Bed> {
  const port = await freePort()
  const server = await startChild<number>('mail-server', [behaviour])
  const house = await startChild<string>('mail-house', [`${folder}/${behaviour}.db`, `${port}`, `${server.ready}`, `${readers}`])
  return { behaviour, port, server, house, p50: [], p99: [] }
}

async function measured(driver: Driver, beds: readonly Bed[], { rounds, roundMs }: Pace): Promise<readonly Figure[]> {
  for (let turn = 0; turn <= rounds; turn++) {
    for (const { port, p50, p99 } of beds) {
      const outcomes = await driver.driveAll(loadsOn(port, roundMs * 2))
      if (turn === 0) continue
      const latencies = outcomes.flatMap((outcome) => outcome.latencies)
      p50.push(quantile(latencies, 0.5))
      p99.push(quantile(latencies, 0.99))
    }
  }
  for (const { behaviour, server } of beds) {
    const taken = await server.ask('taken')
    if (behaviour === 'answers' && !(Number(taken) > 0)) throw new Error('no mail arrived')
  }
  const rowsOf = (word: 'p50' | 'p99') =>
    beds.map((bed) => {
      const name = (behaviour: Behaviour) => `${word}, mail server ${behaviour}`
      const against =
        bed.behaviour === 'hangs' ? { against: [name('answers')], target: { of: 'ratio', atMost: 1.5 } as const } : {}
      return [{ name: name(bed.behaviour), unit: 'ms', ...against }, bed[word]] as const
    })
  return toFigures([...rowsOf('p50'), ...rowsOf('p99')])
}

const loadsOn = (port: number, ms: number): readonly Load[] =>
  Array.from({ length: readers }, (_, index) => ({
    port,
    connections: 1,
    perSecond: perSecond / readers,
    ms,
    method: 'POST',
    path: '/auth/password/forgot',
    headers: { 'x-forwarded-for': `10.0.0.${index}` },
    body: `{"email":"reader-${index}@example.com"}`,
    expect: [200],
  }))
