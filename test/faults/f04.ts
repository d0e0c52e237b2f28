/**
 * F-04: PostgreSQL restarted, killed, and its backends terminated, under load on two nodes.
 *
 * @module
 */
import { openSockets } from '../security/sockets.ts'
import { type Experiment, inWords, type Outcome } from './experiment.ts'
import { startFront } from './front.ts'
import { violationsIn } from './invariants.ts'
import { firstSecret, pause, startNode } from './nodes.ts'
import { runLoad } from './people.ts'
import { privatePostgres } from './postgres.ts'
import { checkPromises } from './promises.ts'

const clients = 8
/** No fault lasts longer than this; a 503 after it belongs to nothing. */
const burstMs = 5_000

export const f04: Experiment = {
  id: 'F-04',
  title: 'PostgreSQL restarted, killed, its backends terminated',
  async run({ size }): Promise<Outcome> {
    // Its own: other experiments may be under way on the one of the run.
    const postgres = await privatePostgres()
    const location = await postgres.create('f04')
    const nodes = [await startNode({ location }), await startNode({ location })]
    const front = await startFront()
    front.setBackends(nodes.map(({ origin }) => origin))
    const sockets = await openSockets(front.origin, clients)
    const faults = [
      () => postgres.terminateBackends(),
      () => postgres.restart(),
      () => postgres.kill().then(() => postgres.start()),
    ]
    const end = performance.now() + size.seconds * 1_000
    const refusedAt: number[] = []
    const healedAt: number[] = []
    const seen = { answers: 0, refused: 0 }

    const load = runLoad(sockets, {
      clients,
      name: 'f04',
      goesOn: () => performance.now() < end,
      insists: () => performance.now() < end + 30_000 * size.slack,
      answered({ status }) {
        seen.answers += 1
        if (status !== 503) return
        seen.refused += 1
        refusedAt.push(performance.now())
      },
    })
    let strikes = 0
    const everyMs = Math.max(2_500, Math.min(30_000, (size.seconds * 1_000) / faults.length))
    while (performance.now() + everyMs <= end + 500) {
      await pause(everyMs / 2)
      await faults[strikes % faults.length]?.()
      strikes += 1
      healedAt.push(performance.now())
      await pause(everyMs / 2)
    }
    const { people, broken } = await load
    const checked = await checkPromises(sockets, people)
    const bursts = healedAt.map((at, index) => {
      const until = healedAt[index + 1] ?? Number.POSITIVE_INFINITY
      return Math.max(0, ...refusedAt.filter((ms) => ms > at && ms < until - everyMs / 2).map((ms) => ms - at))
    })
    const violations = [
      ...broken,
      ...checked.broken,
      ...front.dropped.map((what) => `no answer: ${what}`),
      ...nodes.filter((node) => !node.isAlive()).map(() => 'a node ended'),
      ...bursts.filter((ms) => ms > burstMs * size.slack).map((ms) => `503 for ${inWords(ms)} after PostgreSQL was back`),
      ...(await violationsIn(location, { secrets: [firstSecret] })),
    ]
    sockets.close()
    await front.close()
    await Promise.all(nodes.map((node) => node.stop()))
    await postgres.close()
    return {
      done: `${strikes} faults in ${size.seconds} s, ${seen.answers} answers`,
      figures: [
        `${seen.refused} times 503, nothing else`,
        `last 503 ${inWords(Math.max(0, ...bursts))} after PostgreSQL was back`,
        `${checked.living} sessions live on`,
      ],
      violations,
    }
  },
}
