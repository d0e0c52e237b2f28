/**
 * F-05: the way to PostgreSQL is slow by 2 s, half-open, stalled, reset, gone, under load.
 *
 * @module
 */
import { type Answered, openSockets } from '../security/sockets.ts'
import { type Experiment, inWords, type Outcome, quantile } from './experiment.ts'
import { violationsIn } from './invariants.ts'
import { firstSecret, type Node, pause, startNode } from './nodes.ts'
import { actions, type Person, runLoad, stranger, voice } from './people.ts'
import { checkPromises } from './promises.ts'
import { layWire, type Wire } from './wire.ts'

const clients = 24
/** One in so many logs in, again and again, as somebody whose older sessions end by that. */
const perVisitor = 4
/**
 * A caller is refused when no connection is free for 5 s; a statement that got one may take 15 s. A look at a session is one wait and one
 * statement, and 2 s are for this machine. A login is many of both, of which the last begins within 15 s.
 */
const lookMs = 22_000
const loginMs = 15_000 + lookMs
const recoveryMs = 5_000
/** What a heap may grow by, past what a first load of the same kind made of it. */
const heapBytes = 8 * 1024 * 1024

const faults: readonly { readonly name: string; begin(wire: Wire): void }[] = [
  { name: '+2 s', begin: (wire) => wire.delay(2_000) },
  { name: 'half-open', begin: (wire) => wire.halfOpen() },
  { name: 'stalled', begin: (wire) => wire.stall() },
  { name: 'reset', begin: (wire) => wire.reset() },
  { name: 'gone', begin: (wire) => wire.cut() },
]

export const f05: Experiment = {
  id: 'F-05',
  title: 'the way to PostgreSQL slow by 2 s, half-open, stalled, reset, gone',
  async run({ postgres, size, say }): Promise<Outcome> {
    const location = await postgres.create('f05')
    const wire = await layWire(location)
    const node = await startNode({ location: wire.url })
    const sockets = await openSockets(node.origin, clients)
    const until = performance.now() + 2_000
    const { people, broken } = await runLoad(sockets, { clients: 4, name: 'f05', goesOn: () => performance.now() < until })
    const visitors = await Promise.all(
      Array.from({ length: clients / perVisitor }, (_, nr) => newcomer(sockets.send, `visitor-${nr}`)),
    )
    const regulars = people.filter((person) => person.sessions.some(({ state }) => state === 'living'))
    const before = await node.tell({ do: 'memory' })
    const violations = [...broken]
    const figures: string[] = []
    for (const { name, begin } of faults) {
      begin(wire)
      const { looks, logins } = await press(
        sockets,
        { regulars, visitors },
        {
          forMs: (size.seconds * 1_000) / faults.length,
          violations,
          fault: name,
        },
      )
      wire.restore()
      const healedMs = await recovered(node, sockets.send)
      figures.push(
        `${name}: p99 ${inWords(quantile(looks, 0.99))}, of logins ${inWords(quantile(logins, 0.99))}, well again after ${inWords(healedMs)}`,
      )
      if (Math.max(...looks) > lookMs * size.slack) violations.push(`${name}: a look took ${inWords(Math.max(...looks))}`)
      if (Math.max(...logins) > loginMs * size.slack) violations.push(`${name}: a login took ${inWords(Math.max(...logins))}`)
      if (healedMs > recoveryMs * size.slack) violations.push(`${name}: not well ${inWords(healedMs)} after the wire was`)
      say(figures.at(-1) ?? '')
    }
    const after = await node.tell({ do: 'memory' })
    const grownBytes = (after.heap ?? 0) - (before.heap ?? 0)
    if (grownBytes > heapBytes) violations.push(`the heap grew by ${mib(grownBytes)}`)
    const checked = await checkPromises(sockets, people)
    violations.push(...checked.broken, ...(await violationsIn(location, { secrets: [firstSecret] })))
    sockets.close()
    await node.stop()
    await wire.close()
    return {
      done: `${faults.length} faults of ${size.seconds / faults.length} s, ${clients} callers`,
      figures: [...figures, `heap ${mib(grownBytes)} more`, `${checked.living} sessions live on`],
      violations,
    }
  },
}

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

/** Looks and logs in from all sides. @returns how long each answer took */
async function press(
  { send }: Pick<Awaited<ReturnType<typeof openSockets>>, 'send'>,
  { regulars, visitors }: Readonly<Record<'regulars' | 'visitors', readonly Person[]>>,
  { forMs, violations, fault }: { forMs: number; violations: string[]; fault: string },
): Promise<{ readonly looks: readonly number[]; readonly logins: readonly number[] }> {
  const looks: number[] = []
  const logins: number[] = []
  const end = performance.now() + forMs
  const timed = async (times: number[], ask: () => Promise<Answered>): Promise<void> => {
    const since = performance.now()
    const answer = await ask()
    times.push(performance.now() - since)
    if (![200, 503].includes(answer.status)) violations.push(`${fault}: ${answer.status} ${answer.body.code ?? ''}`)
  }
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const visitor = visitors[client / perVisitor]
      const session = regulars[client % regulars.length]?.sessions.find(({ state }) => state === 'living')
      const headers = { 'x-auth-strategy': 'bearer', 'x-forwarded-for': `198.51.100.${client}` }
      const body = { email: visitor?.email, password: visitor?.passwords.at(-1) }
      while (performance.now() < end) {
        if (visitor) await timed(logins, () => send('POST', '/auth/login', body, headers))
        else
          await timed(looks, () =>
            send('GET', '/auth/me', undefined, { ...headers, authorization: `Bearer ${session?.accessToken}` }),
          )
        await pause(20)
      }
    }),
  )
  return { looks, logins }
}

/** @returns how long after now somebody can register */
async function recovered({ isAlive }: Node, send: Parameters<typeof voice>[0]['send']): Promise<number> {
  const since = performance.now()
  const insists = () => isAlive() && performance.now() - since < 60_000
  const { exists } = await newcomer(send, `newcomer-${Math.round(since)}`, insists)
  return exists === 'yes' ? performance.now() - since : Number.POSITIVE_INFINITY
}

async function newcomer(send: Parameters<typeof voice>[0]['send'], name: string, insists = () => true): Promise<Person> {
  const person = stranger(`${name}@example.com`)
  await actions(person, voice({ send }, { ip: '198.51.102.1', insists })).register()
  return person
}
