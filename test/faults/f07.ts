/**
 * F-07: the clock of one of two nodes is set minutes and hours ahead and back, while people use both.
 *
 * Access tokens say when they end, so a node whose clock is wrong may refuse one; its session must live on. A browser's session ends by days
 * and must not notice.
 *
 * @module
 */
import { openSockets, type Sockets } from '../security/sockets.ts'
import { type Experiment, inWords, type Lab, type Outcome } from './experiment.ts'
import { violationsIn } from './invariants.ts'
import { boundMs, lastEntry } from './lookout.ts'
import { firstSecret, type Node, startNode } from './nodes.ts'
import { actions, type KnownSession, type Person, stranger, voice } from './people.ts'
import { checkPromises } from './promises.ts'

const minute = 60_000
const jumpsMs = [5 * minute, -5 * minute, 60 * minute, -60 * minute]
const password = 'correct horse battery'

type Doors = readonly [right: Sockets, wrong: Sockets]

export const f07: Experiment = {
  id: 'F-07',
  title: 'the clock of one node set 5 min and 1 h ahead and back',
  async run({ postgres, size }: Lab): Promise<Outcome> {
    const location = await postgres.create('f07')
    // Shared limits are counted by the clocks of the nodes: beyond its window a key is counted in each process. The windows of these are longer.
    const row = { address: { limit: 1_000_000, per: 4 * 60 * minute }, shared: true }
    const setup = { location, limits: { login: row, register: row, refresh: row } }
    const nodes: [Node, Node] = [await startNode(setup), await startNode(setup)]
    const doors: Doors = [await openSockets(nodes[0].origin, 4), await openSockets(nodes[1].origin, 4)]
    const violations: string[] = []
    const heardMs: number[] = []
    const people: Person[] = []
    const rounds = Math.max(1, Math.round(size.seconds / 60))
    for (let round = 0; round < rounds; round += 1) {
      for (const jumpMs of jumpsMs) {
        const name = `${jumpMs > 0 ? '+' : '-'}${inWords(Math.abs(jumpMs))}`
        const guest = await newGuest(doors, `f07-${round}-${jumpMs}@example.com`)
        await nodes[1].tell({ do: 'jump', ms: jumpMs })
        const seen = await whileWrong(doors, guest)
        await nodes[1].tell({ do: 'jump', ms: -jumpMs })
        const after = await onceRight(doors, guest)
        violations.push(...[...seen.violations, ...after].map((what) => `${name}: ${what}`))
        heardMs.push(seen.heardMs)
        people.push(guest.person)
      }
    }
    violations.push(...nodes.filter((node) => !node.isAlive()).map(() => 'a node ended'))
    const checked = await checkPromises(doors[1], people)
    violations.push(...checked.broken, ...(await violationsIn(location, { secrets: [firstSecret] })))
    for (const door of doors) door.close()
    await Promise.all(nodes.map((node) => node.stop()))
    return {
      done: `${heardMs.length} jumps ahead or back, and as many into the right time again`,
      figures: [`a revocation is heard after ${inWords(Math.max(...heardMs))} at most`, `${checked.living} sessions live on`],
      violations,
    }
  },
}

/** Somebody with tokens and two browsers, whom both nodes know. */
interface Guest {
  readonly person: Person
  readonly own: KnownSession
  /** Cookies. */
  readonly kept: string
  readonly thrownOut: { readonly cookie: string; readonly handle: string }
}

const fromHere = { 'x-forwarded-for': '198.51.100.1', 'sec-fetch-site': 'same-origin' }

async function newGuest(doors: Doors, email: string): Promise<Guest> {
  const person = stranger(email)
  await actions(person, voice(doors[0], { ip: '198.51.100.1' })).register()
  const browser = async () => {
    const { headers } = await doors[0].send('POST', '/auth/login', { email, password }, fromHere)
    const cookie = (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')
    const handle = /keywright-session=([^.;]+)\./.exec(cookie)?.[1] ?? ''
    return { cookie, handle }
  }
  const guest = { person, own: person.sessions[0] as KnownSession, kept: (await browser()).cookie, thrownOut: await browser() }
  for (const door of doors) for (const cookie of [guest.kept, guest.thrownOut.cookie]) await look(door, cookie)
  return guest
}

const look = async ({ send }: Sockets, cookie: string): Promise<number> =>
  (await send('GET', '/auth/me', undefined, { ...fromHere, cookie })).status

/** The node with the wrong clock hears what the other ends, lets in who lives, and serves who asks. */
async function whileWrong([right, wrong]: Doors, guest: Guest) {
  const { person, own } = guest
  const violations: string[] = []
  const claim = (holds: boolean, what: string) => {
    if (!holds) violations.push(what)
  }
  const bearer = { authorization: `Bearer ${own.accessToken}`, 'x-forwarded-for': '198.51.100.1' }
  claim([200, 503].includes(await look(wrong, guest.kept)), 'a living session is refused')
  const ended = await right.send('DELETE', `/auth/sessions/${guest.thrownOut.handle}`, undefined, bearer)
  claim(ended.status === 204, `a revocation is answered ${ended.status}`)
  const heardMs = await lastEntry(() => look(wrong, guest.thrownOut.cookie))
  claim(heardMs <= boundMs, `a revoked session was let in ${inWords(heardMs)} later`)
  claim((await look(wrong, guest.kept)) === 200, 'a living session is refused after another one ended')
  const act = actions(person, voice(wrong, { ip: '198.51.100.1' }))
  await act.refresh(own)
  await act.look(own)
  // Delays of guessing count by the clocks of the nodes as well: whoever logs in at a wrong time comes from elsewhere.
  await actions(person, voice(wrong, { ip: '198.51.100.2' })).login()
  await act.rename(person.sessions.at(-1) as KnownSession, 'Ada')
  return { violations, heardMs }
}

async function onceRight(doors: Doors, guest: Guest): Promise<readonly string[]> {
  const violations: string[] = []
  for (const door of doors) {
    if ((await look(door, guest.kept)) !== 200) violations.push('a living session did not survive')
    if ((await look(door, guest.thrownOut.cookie)) !== 401) violations.push('a revoked session is back')
    // Tokens of the wrong time may be refused; refreshing replaces them.
    const act = actions(guest.person, voice(door, { ip: '198.51.100.1' }))
    for (const session of guest.person.sessions) await act.refresh(session)
    for (const session of guest.person.sessions) await act.look(session)
  }
  return violations
}
