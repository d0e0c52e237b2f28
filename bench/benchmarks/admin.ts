import type { Auth } from 'keywright'
import type { Storage } from 'keywright/server'
import { type Benchmark, type Figure, type Pace, quantile, type Row, toFigures } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'
import { openAuth } from '../house.ts'
import { type Crowd, postgresBed, sqliteBed } from '../people-beds.ts'

const [few, many]: readonly [Crowd, Crowd] = [
  { people: 1_000, sessions: 3_000 },
  { people: 1_000_000, sessions: 3_000_000 },
]
const targetMs = 150

type Desk = ReturnType<Auth['asSystem']>

/** What an operator waits for; `nr` is one of the people. */
const looks: Readonly<Record<string, (desk: Desk, nr: number) => Promise<unknown>>> = {
  'list of users': ({ users }) => users.list({ sort: '-createdAt' }),
  'list of users by filter': ({ users }) => users.list({ status: 'disabled', sort: '-createdAt' }),
  'search, many found': ({ users }) => users.list({ q: 'person' }),
  'search, few found': ({ users }, nr) => users.list({ q: `Last${nr % 9973} F` }),
  'search, one found': ({ users }, nr) => users.list({ q: `person${nr}@` }),
  'list of sessions': ({ sessions }) => sessions.list(),
  'sessions by address': ({ sessions }, nr) => sessions.list({ ip: `10.${nr % 251}.` }),
  async detail({ users, sessions, password, audit }, nr) {
    const id = (await users.list({ q: `person${nr}@example.com`, limit: 1 })).users[0]?.id ?? ''
    await Promise.all([users.get({ id }), sessions.list({ userId: id }), password.state({ id }), audit.list({ userId: id })])
  },
}

/** What operators wait for, and what it costs that there are many people. */
export const admin: Benchmark = {
  definition: `Milliseconds of operators' calls in process, one at a time, 95 of 100 within, each with its total, on ${named(few)} and on ${named(many)}. "detail" is a search for an address, then the user, their sessions, the state of their password and what the audit log has of them. A ratio may be above 1.5 where the difference is below 5 ms. The sizes take turns.`,
  run: (pace) =>
    withPlaces(async ({ folder, postgres }) => {
      const figures = [...(await sizesOf('SQLite', (crowd) => sqliteBed(`${folder}/${crowd.people}.db`, crowd), pace))]
      const urls = [await postgres(), await postgres()].filter((url) => url !== undefined)
      if (urls.length === 2)
        figures.push(...(await sizesOf('PostgreSQL', (crowd) => postgresBed(urls[Number(crowd === many)] ?? '', crowd), pace)))
      return figures
    }),
}

async function sizesOf(
  engine: string,
  open: (crowd: Crowd) => Promise<Storage>,
  { rounds, roundMs }: Pace,
): Promise<readonly Figure[]> {
  const beds: { readonly crowd: Crowd; readonly auth: Auth }[] = []
  for (const crowd of [few, many]) beds.push({ crowd, auth: await openAuth(await open(crowd)) })
  const measured: (readonly [Row, number[]])[] = []
  try {
    for (const [what, look] of Object.entries(looks)) {
      const rows = beds.map(({ crowd, auth }) => ({ crowd, auth, row: rowOf(engine, what, crowd), samples: [] as number[] }))
      for (let turn = 0; turn <= rounds; turn++) {
        for (const { auth, crowd, samples } of rows) {
          const ms = await slowest(auth.asSystem('benchmark'), crowd, look, roundMs / 4)
          if (turn > 0) samples.push(ms)
        }
      }
      measured.push(...rows.map(({ row, samples }) => [row, samples] as const))
    }
  } finally {
    for (const { auth } of beds) await auth.close()
  }
  return toFigures(measured)
}

/** @returns within how many milliseconds 95 of 100 calls were answered */
async function slowest(
  desk: Desk,
  { people }: Crowd,
  look: (desk: Desk, nr: number) => Promise<unknown>,
  ms: number,
): Promise<number> {
  const samples: number[] = []
  for (const since = performance.now(); performance.now() - since < ms || samples.length < 20; ) {
    const begun = performance.now()
    await look(desk, 1 + ((samples.length * 7919) % people))
    samples.push(performance.now() - begun)
  }
  return quantile(samples, 0.95)
}

function rowOf(engine: string, what: string, crowd: Crowd): Row {
  const name = (of: Crowd) => `${what}, ${engine}, ${of.people.toLocaleString('en-US')} users`
  if (crowd === few) return { name: name(few), unit: 'ms' }
  return { name: name(many), unit: 'ms', against: [name(few)], target: { of: 'value', atMost: targetMs } }
}

function named({ people, sessions }: Crowd): string {
  return `${people.toLocaleString('en-US')} users with ${sessions.toLocaleString('en-US')} sessions`
}
