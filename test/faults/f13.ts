/**
 * F-13: two servers behind a load balancer that honours `/readyz` are restarted in turn, by SIGTERM.
 *
 * These are the servers an operator runs, from the command line.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createDesk, secret } from '../../src/cli/test-desk.ts'
import { openSockets } from '../security/sockets.ts'
import { type Experiment, inWords, type Outcome } from './experiment.ts'
import { startFront } from './front.ts'
import { violationsIn } from './invariants.ts'
import { pause } from './nodes.ts'
import { actions, type KnownSession, type Person, stranger, Unexpected, voice } from './people.ts'
import { checkPromises } from './promises.ts'

const clients = 8

export const f13: Experiment = {
  id: 'F-13',
  title: 'rolling restart of two servers behind a load balancer',
  async run({ postgres, size }): Promise<Outcome> {
    const location = await postgres.create('f13')
    const folder = mkdtempSync(join(tmpdir(), 'keywright-f13-'))
    const desk = createDesk(resolve('dist/cli/main.js'))
    const env = {
      KEYWRIGHT_DATABASE_URL: location,
      KEYWRIGHT_SECRET: secret,
      KEYWRIGHT_BASE_URL: 'http://127.0.0.1:3000', // one name for both: it is the issuer of their tokens
      KEYWRIGHT_LIMITS: 'off',
      KEYWRIGHT_TRUST_PROXY: '127.0.0.1',
      KEYWRIGHT_LOG_LEVEL: 'warn',
    }
    const begin = () => desk.serve(join(folder, 'data'), env)
    const servers = [await begin(), await begin()]
    const front = await startFront('/readyz')
    const seat = () => front.setBackends(servers.map(({ url }) => url))
    seat()
    await front.hasReady(2)
    const sockets = await openSockets(front.origin, clients)
    const people = await settle(sockets)
    const seen = { answers: 0, isOver: false }
    const broken: string[] = []
    const load = Promise.all(people.map((person, index) => goOn(sockets, person, index, seen, broken)))

    const end = performance.now() + size.seconds * 1_000
    const stopMs: number[] = []
    let restarts = 0
    do {
      const at = restarts % 2
      const since = performance.now()
      const code = await servers[at]?.stop('SIGTERM')
      stopMs.push(performance.now() - since)
      if (code !== 0) broken.push(`a server that was stopped ended with ${code}`)
      servers[at] = await begin()
      seat()
      await front.hasReady(2)
      restarts += 1
      await pause(200)
    } while (performance.now() < end)
    seen.isOver = true
    await load
    const checked = await checkPromises(sockets, people)
    const violations = [
      ...broken,
      ...front.dropped.map((what) => `dropped: ${what}`),
      ...checked.broken,
      ...(await violationsIn(location, { secrets: [secret] })),
    ]
    sockets.close()
    await front.close()
    await Promise.all(servers.map((server) => server.stop('SIGTERM')))
    await desk.clear()
    rmSync(folder, { recursive: true, force: true })
    return {
      done: `${restarts} restarts, ${seen.answers} requests`,
      figures: [
        `${front.dropped.length} dropped`,
        `stopped within ${inWords(Math.max(...stopMs))}`,
        `${checked.living} sessions live on`,
      ],
      violations,
    }
  },
}

async function settle(sockets: Awaited<ReturnType<typeof openSockets>>): Promise<readonly Person[]> {
  const people = Array.from({ length: clients }, (_, index) => stranger(`f13-${index}@example.com`))
  await Promise.all(
    people.map((person, index) => actions(person, voice(sockets, { ip: `198.51.100.${index}`, insists: () => true })).register()),
  )
  return people
}

/** Looks and refreshes, without ever asking twice: whatever is not answered as it should be is a request that was dropped. */
async function goOn(
  sockets: Awaited<ReturnType<typeof openSockets>>,
  person: Person,
  index: number,
  seen: { answers: number; readonly isOver: boolean },
  broken: string[],
): Promise<void> {
  const answered = () => {
    seen.answers += 1
  }
  const act = actions(person, voice(sockets, { ip: `198.51.100.${index}`, answered }))
  const session = person.sessions[0] as KnownSession
  try {
    for (let turn = 0; !seen.isOver; turn += 1) {
      const lived = turn % 10 === 0 ? await act.refresh(session) : await act.look(session)
      if (!lived) throw new Unexpected('503 or no answer')
      await pause(2)
    }
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error
    broken.push(`${person.email}: ${error.message}`)
  }
}
