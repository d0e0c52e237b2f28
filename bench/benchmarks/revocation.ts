import { randomUUID } from 'node:crypto'
import type { Auth, AuthOptions } from 'keywright'
import { postgres } from 'keywright/postgres'
import { redis } from 'keywright/redis'
import { sqlite } from 'keywright/sqlite'
import { type Benchmark, type Figure, type Pace, quantile, type Row } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'
import { isIn, openAuth, post, registerWithTokens } from '../house.ts'
import { monotonicMs, type OtherNode, otherNode } from '../nodes.ts'

/** How two nodes are connected. */
interface Setting {
  readonly name: string
  readonly location: string
  readonly infra?: AuthOptions['infra']
  /** What the other node is told of its bus: nothing, `cut`, or a Redis. */
  readonly bus: readonly string[]
  readonly isCut?: boolean
}

interface Trial {
  /** From the answer of the logout to the first refusal of the other node. */
  readonly lateMs: number
  /** Whether the node that answered let the session in afterwards. */
  readonly accepted: boolean
}

/** How long another node believes a session after the node that ended it has answered. */
export const revocation: Benchmark = {
  definition:
    'Milliseconds from the answer of a logout on one node until another node, a process of its own that checks the session from memory all the time, refuses it. 100 sessions a round, one after the other: "median" is of all of them, beside the fastest and the slowest; "p99" is of all of them, beside that of single rounds. SQLite is one file; PostgreSQL carries changes by LISTEN/NOTIFY, or Redis beside it does. With the "bus cut" nothing carries lines between the nodes, so only reading the table of changes is left, once a second; 100 sessions, each ended while others are waited for. "accepted" counts sessions that the node which answered the logout let in when it was asked next.',
  run: (pace) =>
    withPlaces(async ({ folder, postgres: freshPostgres }) => {
      const url = await freshPostgres()
      const settings = [
        { name: 'SQLite', location: `${folder}/identity.db`, bus: [] },
        ...(url === undefined ? [] : [{ name: 'PostgreSQL', location: url, bus: [] }]),
        ...(url === undefined ? [] : [{ name: 'PostgreSQL, bus cut', location: url, bus: ['cut'], isCut: true }]),
      ]
      const figures: Figure[] = []
      let accepted = 0
      const measure = async (setting: Setting) => {
        const rounds = await trialsOf(setting, pace)
        figures.push(...figuresOf(setting, rounds))
        accepted += rounds.flat().filter((trial) => trial.accepted).length
      }
      for (const setting of settings) await measure(setting)
      if (url !== undefined) await withRedis((setting) => measure({ ...setting, name: 'PostgreSQL and Redis', location: url }))
      return [...figures, once({ name: 'accepted', unit: 'times', target: { of: 'value', atMost: 0 } }, accepted)]
    }),
}

/** A Redis that does not answer is left out, as a PostgreSQL is. */
async function withRedis(work: (setting: Pick<Setting, 'infra' | 'bus'>) => Promise<void>): Promise<void> {
  const url = process.env.REDIS_URL || 'redis://127.0.0.1:6379'
  const prefix = `keywright-bench-${randomUUID()}`
  const connection = redis(url, { prefix })
  try {
    const answers = await connection.ping().then(
      () => true,
      () => false,
    )
    if (answers) await work({ infra: { bus: connection.bus }, bus: [url, prefix] })
    else console.error('Redis does not answer: its figures are left out')
  } finally {
    await connection.close()
  }
}

async function trialsOf({ location, infra = {}, bus, isCut }: Setting, pace: Pace): Promise<readonly (readonly Trial[])[]> {
  const storage = location.startsWith('postgres') ? postgres(location) : sqlite(location)
  const auth = await openAuth(storage, { infra })
  const other = await otherNode(location, bus)
  const rounds: (readonly Trial[])[] = []
  try {
    while (rounds.length < (isCut ? 1 : pace.rounds)) {
      const trials: Promise<Trial>[] = []
      while (trials.length < pace.roundMs / 20) {
        const { trial } = await endOne(auth, other)
        // Without a bus the next one is ended while this is still believed: a reading is up to a second away.
        if (!isCut) await trial
        trials.push(trial)
      }
      rounds.push(await Promise.all(trials))
    }
  } finally {
    await other.close()
    await auth.close()
  }
  return rounds
}

/** Ends a session that both nodes remember. */
async function endOne(auth: Auth, other: OtherNode): Promise<{ readonly trial: Promise<Trial> }> {
  const { accessToken, refreshToken } = await registerWithTokens(auth, `${randomUUID()}@example.com`)
  const headers = { authorization: `Bearer ${accessToken}` }
  if (!(await isIn(auth, headers))) throw new Error('a session was refused before it was ended')
  const { refusedMs } = await other.watch(accessToken)
  await post(auth, '/auth/logout', { refreshToken }, 204)
  const answeredMs = monotonicMs()
  const accepted = await isIn(auth, headers)
  return { trial: refusedMs.then((atMs) => ({ lateMs: Math.max(0, atMs - answeredMs), accepted })) }
}

/** The bound with a bus, and without one. */
const [heardMs, readMs] = [100, 2_000]

function figuresOf({ name, isCut }: Setting, rounds: readonly (readonly Trial[])[]): readonly Figure[] {
  const lateMs = rounds.map((trials) => trials.map((trial) => trial.lateMs))
  const all = lateMs.flat()
  const spread = (row: Row, share: number, among: readonly number[]): Figure => ({
    ...once(row, quantile(all, share)),
    least: Math.min(...among),
    most: Math.max(...among),
  })
  const tail: readonly [string, number, number] = isCut ? ['slowest', 1, readMs] : ['p99', 0.99, heardMs]
  const [word, share, atMost] = tail
  return [
    spread({ name: `median, ${name}`, unit: 'ms' }, 0.5, all),
    spread(
      { name: `${word}, ${name}`, unit: 'ms', target: { of: 'value', atMost } },
      share,
      lateMs.map((round) => quantile(round, share)),
    ),
  ]
}

const once = (row: Row, value: number): Figure => ({ ...row, value, least: value, most: value, ratios: {} })
