/**
 * F-10: Redis killed, hanging, emptied, under two nodes that use it for the bus and the limits.
 *
 * @module
 */
import { clientAt, type PrivateRedis, privateRedis } from '../redis.ts'
import { openSockets, type Sockets } from '../security/sockets.ts'
import { type Experiment, inWords, type Lab, type Outcome } from './experiment.ts'
import { violationsIn } from './invariants.ts'
import { firstSecret, generous, type Node, pause, startNode } from './nodes.ts'
import { actions, type KnownSession, type Person, stranger, voice } from './people.ts'

/** The bound of contract: a revocation reaches every node within it, whatever becomes of the bus. */
const boundMs = 2_000
const guesses = 10

/** `passes`: how many of the guesses from one address one node may judge. */
type Fault = {
  readonly passes: number
  readonly name: string
  begin(redis: PrivateRedis): Promise<void>
  end(redis: PrivateRedis): Promise<void>
}

const faults: readonly Fault[] = [
  { name: 'killed', passes: guesses, begin: (redis) => redis.kill(), end: (redis) => redis.start() },
  { name: 'hanging', passes: guesses, begin: async (redis) => redis.hang(), end: async (redis) => redis.resume() },
  // A node that comes back to Redis in the middle of a burst counts what was before in the process, and what is after in Redis.
  { name: 'emptied', passes: 2 * guesses, begin: flush, end: async () => {} },
]

export const f10: Experiment = {
  id: 'F-10',
  title: 'Redis killed, hanging, emptied',
  async run({ postgres, size }: Lab): Promise<Outcome> {
    const location = await postgres.create('f10')
    const redis = await privateRedis()
    const limits = { ...generous, login: { address: { limit: guesses, per: 300_000 }, shared: true } }
    const setup = { location, redisUrl: redis.url, limits }
    const nodes: [Node, Node] = [await startNode(setup), await startNode(setup)]
    const doors: [Sockets, Sockets] = [await openSockets(nodes[0].origin, 8), await openSockets(nodes[1].origin, 8)]
    const heardMs: number[] = []
    const violations: string[] = []
    const rounds = Math.max(1, Math.round(size.seconds / 10))
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, { name, passes, begin, end }] of faults.entries()) {
        const label = `${round}-${index}`
        const before = await known(doors, `before-${label}`)
        await begin(redis)
        heardMs.push(await revocation(doors, before, violations, name))
        for (const [at, door] of doors.entries()) {
          const judged = await judge(door, `${label}-${at}`, `203.0.${round % 200}.${index * 2 + at}`)
          if (judged > passes) violations.push(`${name}: ${judged} guesses from one address were judged on one node`)
        }
        await end(redis)
        heardMs.push(await revocation(doors, await known(doors, `after-${label}`), violations, `after ${name}`))
      }
    }
    violations.push(...nodes.filter((node) => !node.isAlive()).map(() => 'a node ended'))
    violations.push(...(await violationsIn(location, { secrets: [firstSecret] })))
    for (const door of doors) door.close()
    await Promise.all(nodes.map((node) => node.stop()))
    await redis.close()
    return {
      done: `${rounds * faults.length} faults, ${heardMs.length} revocations`,
      figures: [`a revocation on one node is effective on the other after ${inWords(Math.max(...heardMs))} at most`],
      violations,
    }
  },
}

/** Somebody whose session both nodes have in memory. */
async function known([first, second]: readonly [Sockets, Sockets], name: string) {
  const person = stranger(`${name}@example.com`)
  const insists = () => true
  await actions(person, voice(first, { ip: '198.51.100.1', insists })).register()
  const session = person.sessions[0] as KnownSession
  for (const door of [first, second]) await actions(person, voice(door, { ip: '198.51.100.1', insists })).look(session)
  return { person, session }
}

/** Logs out on one node and looks on both. @returns how long the other one went on */
async function revocation(
  [first, second]: readonly [Sockets, Sockets],
  { person, session }: { person: Person; session: KnownSession },
  violations: string[],
  fault: string,
): Promise<number> {
  const look = async ({ send }: Sockets) =>
    (await send('GET', '/auth/me', undefined, { authorization: `Bearer ${session.accessToken}` })).status
  await actions(person, voice(first, { ip: '198.51.100.1' })).logout(session)
  const since = performance.now()
  if (session.state !== 'ended') violations.push(`${fault}: a logout is refused`)
  if ((await look(first)) === 200) violations.push(`${fault}: the node that ended a session lets it in`)
  while ((await look(second)) === 200 && performance.now() - since < 2 * boundMs) await pause(5)
  const ms = performance.now() - since
  if (ms > boundMs) violations.push(`${fault}: a revocation took ${inWords(ms)}`)
  return ms
}

/** @returns how many of 25 guesses from one address are judged */
async function judge({ send }: Sockets, name: string, ip: string): Promise<number> {
  const body = (nr: number) => ({ email: `nobody-${name}-${nr}@example.com`, password: 'a wrong guess' })
  const answers = await Promise.all(
    Array.from({ length: 25 }, (_, nr) =>
      send('POST', '/auth/login', body(nr), { 'x-auth-strategy': 'bearer', 'x-forwarded-for': ip }),
    ),
  )
  return answers.filter(({ status }) => status === 401).length
}

async function flush({ url }: PrivateRedis): Promise<void> {
  const client = await clientAt(url).connect()
  await client.flushAll()
  await client.close()
}
