/**
 * Several processes on one PostgreSQL behave as one: migrations, keys, sessions, families, limits.
 *
 * @module
 */
import { type PrivateRedis, privateRedis } from '../redis.ts'
import { insist, openSockets, type Sockets } from '../security/sockets.ts'
import { type Experiment, inWords, type Lab, type Outcome } from './experiment.ts'
import { violationsIn } from './invariants.ts'
import { boundMs, lastEntry } from './lookout.ts'
import { firstSecret, generous, startNode } from './nodes.ts'
import { actions, type KnownSession, stranger, voice } from './people.ts'
import { ask } from './postgres.ts'

const count = 4
const limit = 10
const bearer = { 'x-auth-strategy': 'bearer' }

export const asOne: Experiment = {
  id: 'Nodes',
  title: `${count} processes on one PostgreSQL, with and without Redis, behave as one`,
  async run(lab: Lab): Promise<Outcome> {
    const redis = await privateRedis()
    const bare = await together(lab, 'bare', undefined)
    const with_ = await together(lab, 'redis', redis)
    await redis.close()
    return {
      done: `2 times ${count} processes started at once on an empty database`,
      figures: [`revoked on one, refused on all after ${inWords(bare.heardMs)} (PostgreSQL), ${inWords(with_.heardMs)} (Redis)`],
      violations: [...bare.violations, ...with_.violations],
    }
  },
}

async function together({ postgres }: Lab, name: string, redis: PrivateRedis | undefined) {
  const location = await postgres.create(`as_one_${name}`)
  const limits = { ...generous, refresh: { address: { limit, per: 300_000 }, shared: true } }
  const setup = { location, limits, ...(redis && { redisUrl: redis.url }) }
  const nodes = await Promise.all(Array.from({ length: count }, () => startNode(setup)))
  const doors = await Promise.all(nodes.map(({ origin }) => openSockets(origin, 8)))
  const violations: string[] = []
  const claim = (holds: boolean, what: string) => {
    if (!holds) violations.push(`${name}: ${what}`)
  }
  const steps = await ask<{ name: string }>(
    location,
    'select name, count(*) from keywright_migration group by name having count(*) > 1',
  )
  claim(steps.length === 0, 'a migration ran twice')

  await oneFamily(doors, claim)
  await oneLimit(doors, claim)
  const heardMs = await oneSession(doors, claim)
  violations.push(...(await violationsIn(location, { secrets: [firstSecret] })))
  for (const door of doors) door.close()
  await Promise.all(nodes.map((node) => node.stop()))
  return { heardMs, violations }
}

type Claim = (holds: boolean, what: string) => void
const first = (doors: readonly Sockets[]) => doors[0] as Sockets

/** However many refresh at once, on whichever node: one successor. */
async function oneFamily(doors: readonly Sockets[], claim: Claim): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const person = stranger(`family-${round}@example.com`)
    await actions(person, voice(first(doors), { ip: '198.51.100.1' })).register()
    const { refreshToken } = person.sessions[0] as KnownSession
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, nr) =>
        insist(() =>
          (doors[nr % count] as Sockets).send(
            'POST',
            '/auth/refresh',
            { refreshToken },
            { ...bearer, 'x-forwarded-for': `198.51.${round}.${nr}` },
          ),
        ),
      ),
    )
    const heads = new Set(answers.map(({ status, body }) => (status === 200 ? body.refreshToken : `${status}`)))
    claim(heads.size === 1, `32 refreshes of one token have ${heads.size} outcomes: ${answers.map(({ status }) => status)}`)
  }
}

/** A limit of 10 is 10 over all of them. */
async function oneLimit(doors: readonly Sockets[], claim: Claim): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const headers = { 'x-forwarded-for': `203.0.113.${round}` }
    const answers = await Promise.all(
      Array.from({ length: 10 * count }, (_, nr) =>
        insist(() => (doors[nr % count] as Sockets).send('POST', '/auth/refresh', { refreshToken: 'noise' }, headers)),
      ),
    )
    const passed = answers.filter(({ status }) => status !== 429).length
    claim(passed === limit, `${passed} passed a limit of ${limit}`)
  }
}

/** What one node starts, all know; what one ends, all refuse. @returns how long the slowest one let it in */
async function oneSession(doors: readonly Sockets[], claim: Claim): Promise<number> {
  const slowest: number[] = []
  for (const [at, door] of doors.entries()) {
    const person = stranger(`session-${at}@example.com`)
    const act = actions(person, voice(door, { ip: '198.51.100.1' }))
    await act.register()
    const session = person.sessions[0] as KnownSession
    const look = async ({ send }: Sockets) =>
      (await send('GET', '/auth/me', undefined, { authorization: `Bearer ${session.accessToken}` })).status
    for (const other of doors) claim((await look(other)) === 200, 'a session or a key of one node is unknown to another')
    await act.logoutAll(session)
    slowest.push(...(await Promise.all(doors.map((other) => lastEntry(() => look(other))))))
    for (const other of doors) claim((await look(other)) === 401, 'a session that ended is not refused as such')
  }
  claim(Math.max(...slowest) <= boundMs, `a revocation took ${inWords(Math.max(...slowest))}`)
  return Math.max(...slowest)
}
