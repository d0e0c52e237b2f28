/**
 * F-10: the bus is lost. Redis, which two nodes use for the bus and the limits, is killed, hangs, is emptied and cut off from one of them; and
 * of two nodes without Redis one loses every connection to PostgreSQL that it has, the one it listens on among them.
 *
 * @module
 */
import { clientAt, type PrivateRedis, privateRedis } from '../redis.ts'
import { openSockets, type Sockets } from '../security/sockets.ts'
import { type Experiment, inWords, type Lab, type Outcome } from './experiment.ts'
import { violationsIn } from './invariants.ts'
import { boundMs, lastEntry } from './lookout.ts'
import { firstSecret, generous, type Node, pause, startNode } from './nodes.ts'
import { actions, type KnownSession, type Person, stranger, voice } from './people.ts'
import { layWire, type Wire } from './wire.ts'

/** How many guesses from one address are judged; by one node, while it counts for itself. */
const guesses = 10
/** Until a node without a restart uses again what is back: a client of Redis, and a connection that was found dead. */
const recoveryMs = 30_000

interface Fault {
  readonly name: string
  begin(redis: PrivateRedis, wire: Wire): Promise<void> | void
  end(redis: PrivateRedis, wire: Wire): Promise<void> | void
}

const faultsOfRedis: readonly Fault[] = [
  { name: 'killed', begin: (redis) => redis.kill(), end: (redis) => redis.start() },
  { name: 'hanging', begin: (redis) => redis.hang(), end: (redis) => redis.resume() },
  { name: 'emptied', begin: flush, end: () => {} },
  { name: 'cut off from one node', begin: (_, wire) => wire.cut(), end: (_, wire) => wire.restore() },
  { name: 'silent to one node', begin: (_, wire) => wire.stall(), end: (_, wire) => wire.restore() },
]

/** Both nodes; what is ended on the first is looked at on the second. */
type Doors = readonly [first: Sockets, second: Sockets]

interface Seen {
  readonly violations: string[]
  readonly heardMs: number[]
  faults: number
}

export const f10: Experiment = {
  id: 'F-10',
  title: 'Redis killed, hanging, emptied, cut off from one node; without Redis, one node deaf',
  async run({ postgres, size }: Lab): Promise<Outcome> {
    const seen: Seen = { violations: [], heardMs: [], faults: 0 }
    const patienceMs = recoveryMs * size.slack
    const rounds = Math.max(1, Math.round(size.seconds / 10))
    const locations = [await postgres.create('f10_redis'), await postgres.create('f10_deaf')] as const
    await Promise.all([
      withRedis(locations[0], rounds, seen, patienceMs),
      deaf(locations[1], Math.ceil(rounds / 3), seen, patienceMs),
    ])
    for (const location of locations) seen.violations.push(...(await violationsIn(location, { secrets: [firstSecret] })))
    return {
      done: `${seen.faults} faults, ${seen.heardMs.length} revocations`,
      figures: [`what ended on one node was let in on the other for ${inWords(Math.max(...seen.heardMs))} at most`],
      violations: seen.violations,
    }
  },
}

async function withRedis(location: string, rounds: number, seen: Seen, patienceMs: number): Promise<void> {
  const redis = await privateRedis()
  const wire = await layWire(redis.url)
  const limits = { ...generous, login: { address: { limit: guesses, per: 300_000 }, shared: true } }
  const setups = [redis.url, wire.url].map((redisUrl) => ({ location, redisUrl, limits }))
  await onTwoNodes(setups, seen, async (doors) => {
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, { name, begin, end }] of faultsOfRedis.entries()) {
        const label = `${round}-${index}`
        const before = await known(doors, `before-${label}`)
        await begin(redis, wire)
        await revocation(doors, before, seen, name)
        for (const [at, door] of doors.entries()) {
          const judged = await judge(door, `${label}-${at}`, `203.${round % 200}.${index}.${at}`)
          if (judged > guesses) seen.violations.push(`${name}: ${judged} guesses from one address were judged on one node`)
        }
        await end(redis, wire)
        seen.faults += 1
        await revocation(doors, await known(doors, `after-${label}`), seen, `after ${name}`)
        if (!(await sharesAgain(doors, label, patienceMs))) seen.violations.push(`after ${name}: limits are not shared again`)
      }
    }
  })
  await wire.close()
  await redis.close()
}

/** The second node does not hear the first, and does not know that it does not. */
async function deaf(location: string, rounds: number, seen: Seen, patienceMs: number): Promise<void> {
  const wire = await layWire(location)
  await onTwoNodes([{ location }, { location: wire.url }], seen, async (doors) => {
    for (let round = 0; round < rounds; round += 1) {
      const [ended, living] = [await known(doors, `deaf-${round}`), await known(doors, `bystander-${round}`)]
      wire.halfOpen()
      await revocation(doors, ended, seen, 'deaf')
      seen.faults += 1
      const since = performance.now()
      let status: number
      do {
        status = await look(doors[1], living.session)
        if (status !== 200 && status !== 503) seen.violations.push(`deaf: a living session is answered ${status}`)
      } while (status !== 200 && performance.now() - since < patienceMs)
      if (status !== 200) seen.violations.push('deaf: the node does not recover')
      await revocation(doors, await known(doors, `heard-${round}`), seen, 'after deaf')
    }
  })
  await wire.close()
}

async function onTwoNodes(
  setups: readonly Parameters<typeof startNode>[0][],
  seen: Seen,
  work: (doors: Doors) => Promise<void>,
): Promise<void> {
  const nodes: readonly Node[] = await Promise.all(setups.map((setup) => startNode(setup)))
  const [first, second] = await Promise.all(nodes.map(({ origin }) => openSockets(origin, 8)))
  if (first && second) await work([first, second])
  seen.violations.push(...nodes.filter((node) => !node.isAlive()).map(() => 'a node ended'))
  first?.close()
  second?.close()
  await Promise.all(nodes.map((node) => node.stop()))
}

/** Somebody whose session both nodes have in memory. */
async function known([first, second]: Doors, name: string) {
  const person = stranger(`${name}@example.com`)
  const insists = () => true
  await actions(person, voice(first, { ip: '198.51.100.1', insists })).register()
  const session = person.sessions[0] as KnownSession
  for (const door of [first, second]) await actions(person, voice(door, { ip: '198.51.100.1', insists })).look(session)
  return { person, session }
}

const look = async ({ send }: Sockets, { accessToken }: KnownSession): Promise<number> =>
  (await send('GET', '/auth/me', undefined, { authorization: `Bearer ${accessToken}` })).status

/** Logs out on one node and looks on both. */
async function revocation(
  [first, second]: Doors,
  { person, session }: { person: Person; session: KnownSession },
  { violations, heardMs }: Seen,
  fault: string,
): Promise<void> {
  await actions(person, voice(first, { ip: '198.51.100.1' })).logout(session)
  const elsewhere = lastEntry(() => look(second, session))
  if (session.state !== 'ended') violations.push(`${fault}: a logout is refused`)
  if ((await look(first, session)) === 200) violations.push(`${fault}: the node that ended a session lets it in`)
  const ms = await elsewhere
  heardMs.push(ms)
  if (ms > boundMs) violations.push(`${fault}: a revoked session was let in ${inWords(ms)} later`)
}

/** @returns how many of 25 guesses from one address are judged */
async function judge({ send }: Sockets, name: string, ip: string, count = 25): Promise<number> {
  const body = (nr: number) => ({ email: `nobody-${name}-${nr}@example.com`, password: 'a wrong guess' })
  const answers = await Promise.all(
    Array.from({ length: count }, (_, nr) =>
      send('POST', '/auth/login', body(nr), { 'x-auth-strategy': 'bearer', 'x-forwarded-for': ip }),
    ),
  )
  return answers.filter(({ status }) => status === 401).length
}

/** Whether, before long, an address that was used up on one node is used up on the other. */
async function sharesAgain([first, second]: Doors, label: string, patienceMs: number): Promise<boolean> {
  const since = performance.now()
  for (let turn = 0; performance.now() - since < patienceMs; turn += 1) {
    const ip = `2001:db8:${label.replace('-', '')}:${turn}::1`
    await judge(first, `shared-${label}-${turn}`, ip, guesses)
    if ((await judge(second, `again-${label}-${turn}`, ip, 1)) === 0) return true
    await pause(100)
  }
  return false
}

async function flush({ url }: PrivateRedis): Promise<void> {
  const client = await clientAt(url).connect()
  await client.flushAll()
  await client.close()
}
