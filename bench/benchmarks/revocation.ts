import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Auth } from 'keywright'
import { postgres } from 'keywright/postgres'
import { sqlite } from 'keywright/sqlite'
import { type Benchmark, type Figure, type Pace, quantile, toFigure } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'
import { openAuth, post, registerWithTokens } from '../house.ts'

const trialsPerRound = 100

/** How long another node believes a session after the node that ended it has answered. */
export const revocation: Benchmark = {
  definition: `Milliseconds from the answer of a logout on one node until another node, a process of its own that checks the session from memory all the time, refuses it: the median and the 99th percentile of ${trialsPerRound} sessions a round. "bus cut" carries no line between the nodes, so only reading the table of changes is left. On the node that answered, the next check is refused; a trial in which it is not ends the run.`,
  run: (pace) =>
    withPlaces(async ({ folder, postgres: freshPostgres }) => {
      const file = `${folder}/identity.db`
      const url = await freshPostgres()
      return [
        ...(await trials('SQLite', await openAuth(sqlite(file)), file, 'heard', pace)),
        ...(url === undefined ? [] : await trials('PostgreSQL', await openAuth(postgres(url)), url, 'heard', pace)),
        ...(url === undefined ? [] : await trials('PostgreSQL, bus cut', await openAuth(postgres(url)), url, 'cut', fewer(pace))),
      ]
    }),
}

/** A trial without a bus lasts as long as a reading is away. */
const fewer = ({ roundMs }: Pace): Pace => ({ rounds: 1, roundMs })

async function trials(name: string, auth: Auth, location: string, bus: string, { rounds }: Pace): Promise<readonly Figure[]> {
  const other = fork(fileURLToPath(new URL('../children/checker.js', import.meta.url)), [location, bus])
  const medians: number[] = []
  const tails: number[] = []
  try {
    await said(other)
    for (let round = 0; round < rounds; round++) {
      const lateMs: number[] = []
      for (let trial = 0; trial < trialsPerRound; trial++) lateMs.push(await oneTrial(auth, other, `${bus}-${round}-${trial}`))
      medians.push(quantile(lateMs, 0.5))
      tails.push(quantile(lateMs, 0.99))
    }
  } finally {
    other.disconnect()
    await auth.close()
  }
  const median = `median, ${name}`
  return [toFigure({ name: median, unit: 'ms' }, medians), toFigure({ name: `p99, ${name}`, unit: 'ms', against: median }, tails)]
}

async function oneTrial(auth: Auth, other: ChildProcess, who: string): Promise<number> {
  const { accessToken, refreshToken } = await registerWithTokens(auth, `${who}@example.com`)
  other.send(accessToken)
  await said(other)
  const refused = said(other)
  await post(auth, '/auth/logout', { refreshToken }, 204)
  const answeredMs = performance.timeOrigin + performance.now()
  const { status } = await auth.authenticate({ headers: { authorization: `Bearer ${accessToken}` } })
  if (status === 'active') throw new Error('the node that ended the session let it in')
  return Math.max(0, Number(await refused) - answeredMs)
}

async function said(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message')
  return message
}
