import { type Benchmark, type Figure, type Pace, quantile, type Row, toFigures } from '../benchmark.ts'
import { type Child, startChild } from '../child.ts'
import { withPlaces } from '../databases.ts'
import { type Driver, drive, type Load, rateOf, startDriver } from '../load.ts'
import { freePort } from '../ports.ts'

const probesPerSecond = 100
const excess = 10
const guessers = 8

/** What people who are logged in notice when somebody floods the login. */
export const flood: Benchmark = {
  definition: `One house on SQLite, its flood in a process of its own, its session checks (GET /auth/me by bearer, ${probesPerSecond} per second on 4 connections) from a third. Each guess is at an account of its own and each connection a client of its own, so that only the queue itself refuses, and what is judged costs a full argon2 hash. "alone" is ${guessers} guessers who wait for their answer; "flood" is ${excess} times as many guesses per second as were judged alone, on 128 connections; those beyond the queue are answered 503. The event loop's p99 is how late its timers run.`,
  run: (pace) =>
    withPlaces(async ({ folder }) => [
      ...(await floodHouse('embedded', folder, pace)),
      ...(await floodHouse('standalone', folder, pace)),
    ]),
}

type House = Child<{ readonly accessToken: string }>

type Sample = 'loopIdle' | 'loopFlood' | 'checkIdle' | 'checkFlood' | 'judgedAlone' | 'judgedFlood'

async function floodHouse(mode: string, folder: string, pace: Pace): Promise<readonly Figure[]> {
  const port = await freePort()
  const house = await startChild<House['ready']>('house', [mode, `${folder}/${mode}.db`, String(port)])
  const guesser = await startDriver()
  const samples: Record<Sample, number[]> = {
    loopIdle: [],
    loopFlood: [],
    checkIdle: [],
    checkFlood: [],
    judgedAlone: [],
    judgedFlood: [],
  }
  try {
    for (let turn = 0; turn <= pace.rounds; turn++) {
      const measured = await oneTurn(house, guesser, port, pace.roundMs * 2)
      if (turn > 0) for (const [key, value] of Object.entries(measured)) samples[key as Sample].push(value)
    }
  } finally {
    await guesser.close()
    await house.close()
  }
  return toFigures(rowsOf(mode).map(([key, row]) => [row, samples[key]]))
}

async function oneTurn(house: House, guesser: Driver, port: number, ms: number): Promise<Record<Sample, number>> {
  const probe: Load = {
    port,
    connections: 4,
    perSecond: probesPerSecond,
    ms,
    method: 'GET',
    path: '/auth/me',
    headers: { authorization: `Bearer ${house.ready.accessToken}` },
    expect: [200],
  }
  const guesses: Load = {
    port,
    connections: guessers,
    ms,
    method: 'POST',
    path: '/auth/login',
    headers: { 'x-forwarded-for': '10.0.0.#' },
    body: '{"identifier":"nobody-#@example.com","password":"not a password of anybody"}',
    expect: [401, 503], // a house on a busy machine may find that eight wait too long
  }
  await lateness(house)
  const idle = await drive(probe)
  const loopIdle = await lateness(house)
  const judgedAlone = rateOf(await guesser.drive(guesses), 401)
  const flooding = guesser.drive({ ...guesses, connections: 128, perSecond: judgedAlone * excess })
  await lateness(house)
  const during = await drive(probe)
  const loopFlood = await lateness(house)
  return {
    loopIdle,
    loopFlood,
    checkIdle: quantile(idle.latencies, 0.99),
    checkFlood: quantile(during.latencies, 0.99),
    judgedAlone,
    judgedFlood: rateOf(await flooding, 401),
  }
}

/** How late the loop has run since this was last asked. */
const lateness = async (house: House): Promise<number> => Number(await house.ask('lateness'))

function rowsOf(mode: string): readonly (readonly [Sample, Row])[] {
  const pair = (quiet: Sample, loud: Sample, name: string, [before, after]: [string, string], unit: Row['unit']) => {
    const base = `${name} ${before}, ${mode}`
    return [
      [quiet, { name: base, unit }],
      [loud, { name: `${name} ${after}, ${mode}`, unit, against: [base] }],
    ] as const
  }
  return [
    ...pair('loopIdle', 'loopFlood', 'event loop p99', ['idle', 'in a flood'], 'ms'),
    ...pair('checkIdle', 'checkFlood', 'session check p99', ['idle', 'in a flood'], 'ms'),
    ...pair('judgedAlone', 'judgedFlood', 'guesses judged', ['alone', 'in a flood'], 'per second'),
  ]
}
