/**
 * F-02: kill -9 at a random moment of mixed load.
 *
 * @module
 */
import { randomInt } from 'node:crypto'
import { openSockets } from '../security/sockets.ts'
import { type Experiment, inWords, type Outcome, quantile } from './experiment.ts'
import { readableIn, violationsIn } from './invariants.ts'
import { firstSecret, startNode } from './nodes.ts'
import { type Person, runLoad } from './people.ts'
import { checkPromises } from './promises.ts'

const clients = 8

export const f02: Experiment = {
  id: 'F-02',
  title: 'kill -9 at a random moment of mixed load',
  async run({ postgres, size, say }): Promise<Outcome> {
    const location = await postgres.create('f02')
    const violations: string[] = []
    const readyMs: number[] = []
    const seen = { answers: 0, loadMs: 0, users: 0, living: 0, ended: 0 }
    let node = await startNode({ location })
    for (let round = 0; round < size.kills; round += 1) {
      const sockets = await openSockets(node.origin, clients)
      const dying = node
      let left = randomInt(20, 400)
      const answered = () => {
        seen.answers += 1
        left -= 1
        if (left === 0) void dying.kill()
      }
      const since = performance.now()
      const { people, broken } = await runLoad(sockets, { clients, name: `round-${round}`, answered })
      seen.loadMs += performance.now() - since
      await dying.kill()
      sockets.close()
      node = await startNode({ location })
      readyMs.push(node.readyMs)
      violations.push(...broken, ...(await holdTo(node.origin, people, seen)))
      violations.push(...(await violationsIn(location, { secrets: [firstSecret], canaries: canariesOf(people) })))
      violations.push(...readableIn(dying.log(), canariesOf(people)))
      if ((round + 1) % 10 === 0) say(`${round + 1} kills`)
    }
    await node.stop()
    const rate = Math.round(seen.answers / (seen.loadMs / 1_000))
    return {
      done: `${size.kills} kills under ${rate} requests/s of ${clients} clients`,
      figures: [
        `${seen.users} registrations, ${seen.living} living and ${seen.ended} ended sessions held to their promise`,
        `ready after ${inWords(quantile(readyMs, 0.5))} (median), ${inWords(Math.max(...readyMs))} (most)`,
      ],
      violations,
    }
  },
}

async function holdTo(origin: string, people: readonly Person[], seen: { users: number; living: number; ended: number }) {
  const sockets = await openSockets(origin, clients)
  const checked = await checkPromises(sockets, people)
  sockets.close()
  for (const key of ['users', 'living', 'ended'] as const) seen[key] += checked[key]
  return checked.broken
}

/** Passwords, and some of the tokens: verifiers of refresh tokens, and access tokens. */
function canariesOf(people: readonly Person[]): readonly string[] {
  const sessions = people.flatMap((person) => person.sessions).slice(0, 20)
  const verifiers = sessions
    .flatMap(({ refreshToken, spent }) => [refreshToken, ...spent])
    .map((token) => token.split('.')[1] ?? token)
  return ['correct horse battery', 'another good secret', ...verifiers, ...sessions.map(({ accessToken }) => accessToken)]
}
