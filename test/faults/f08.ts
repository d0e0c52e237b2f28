/**
 * F-08: kill -9 at each failpoint between a change, the mail it owes, its sending over SMTP, and the note that it was sent.
 *
 * @module
 */
import { listeningMailServer } from '../flows/mail-server.ts'
import { type Answered, openSockets, type Sockets } from '../security/sockets.ts'
import type { Experiment, Outcome } from './experiment.ts'
import { violationsIn } from './invariants.ts'
import { firstSecret, generous, type Node, pause, startNode, within } from './nodes.ts'
import { actions, type KnownSession, stranger, voice } from './people.ts'
import { ask } from './postgres.ts'

/** Where the process dies, by what is asked of it. */
const places = {
  forgot: ['insert job', 'commit', 'answer', 'claim job', 'insert ticket', 'send', 'delete job'],
  change: ['update password', 'insert outbox', 'insert job', 'commit', 'answer', 'send', 'delete job'],
} as const

type Act = keyof typeof places

/** One death. */
interface Case {
  readonly act: Act
  readonly place: string
}

const cases: readonly Case[] = (Object.keys(places) as Act[]).flatMap((act) =>
  places[act].flatMap((step) => ['before', 'after'].map((side) => ({ act, place: `* > ${step} > ${side}` }))),
)

const limits = { ...generous, mail: { address: { limit: 100_000, per: 60_000 }, shared: true } }

/** A server on a database, and the mail server it sends by. */
interface Bed {
  node: Node
  sockets: Sockets
  readonly location: string
  readonly mailServer: Awaited<ReturnType<typeof listeningMailServer>>
}

/** What takes longer will not happen. */
const patienceMs = 60_000
const newPassword = 'another good secret'

export const f08: Experiment = {
  id: 'F-08',
  title: 'kill -9 between a change and its mail, over SMTP',
  async run({ postgres, size, say }): Promise<Outcome> {
    const todo = Array.from({ length: size.mailRounds }, (_, round) => cases.map((one) => ({ ...one, round }))).flat()
    const kills = todo.length
    const violations: string[] = []
    let doubles = 0
    const lane = async (nr: number) => {
      const bed = await openBed(await postgres.create(`f08_${nr}`))
      for (let next = todo.shift(); next; next = todo.shift()) {
        const email = `reader-${nr}-${todo.length}@example.com`
        const { found, copies } = await strike(bed, next, email)
        doubles += Math.max(0, copies - 1)
        violations.push(...found.map((what) => `${next?.act}, ${next?.place}: ${what}`))
        if (todo.length % 20 === 0) say(`${todo.length} left`)
      }
      violations.push(...(await violationsIn(bed.location, { secrets: [firstSecret] })))
      bed.sockets.close()
      await bed.node.stop()
      await bed.mailServer.close()
    }
    await Promise.all([0, 1].map(lane))
    return { done: `${kills} kills`, figures: [`${doubles} mails came twice, none under another id`], violations }
  },
}

async function openBed(location: string): Promise<Bed> {
  const mailServer = await listeningMailServer()
  return { location, mailServer, ...(await openNode(location, mailServer.url)) }
}

async function openNode(location: string, mailUrl: string): Promise<Pick<Bed, 'node' | 'sockets'>> {
  const node = await startNode({ location, mailUrl, guarded: true, limits })
  return { node, sockets: await openSockets(node.origin, 2) }
}

/** Lets one person ask for something, the process die of it, and the next one make good on it. */
async function strike(bed: Bed, { act, place }: Case, email: string): Promise<{ found: string[]; copies: number }> {
  const ada = stranger(email)
  const does = actions(ada, voice(bed.sockets, { ip: '192.0.2.1' }))
  if (!(await does.register())) return { found: ['nobody could register before it'], copies: 0 }
  await settled(bed)
  await bed.node.tell({ do: 'arm', spec: `${place}:kill` })
  const isAnswered =
    act === 'change'
      ? await does.changePassword(ada.sessions[0] as KnownSession, newPassword)
      : (await post(bed, '/auth/password/forgot', { email }))?.status === 200
  await bed.node.died(patienceMs)
  bed.sockets.close()
  Object.assign(bed, await openNode(bed.location, bed.mailServer.url))
  await settled(bed)
  const isOwed = isAnswered || (act === 'change' && (await opens(bed, email, newPassword)))
  const mails = bed.mailServer.received.filter(({ to }) => to.includes(email)).map(({ source }) => source)
  const found = complaintsOf(mails, isOwed)
  if (act === 'change' && !isOwed && mails.length > 0) found.push('a mail says what did not happen')
  if (act === 'forgot' && mails.length > 0) found.push(...(await followed(bed, mails)))
  return { found, copies: mails.length }
}

/** One death makes at most one double, and whoever gets it twice can tell: the id is the same. */
function complaintsOf(mails: readonly string[], isOwed: boolean): string[] {
  const ids = new Set(mails.map((source) => /^Message-ID: (.+)$/im.exec(source)?.[1]))
  return [
    ...(isOwed && mails.length === 0 ? ['a mail was lost'] : []),
    ...(mails.length > 2 ? [`a mail came ${mails.length} times`] : []),
    ...(ids.size > 1 || ids.has(undefined) ? ['its copies have different ids'] : []),
  ]
}

/** The link works, whichever copy it is taken from, and works once. */
async function followed(bed: Bed, mails: readonly string[]): Promise<string[]> {
  const tokens = mails.map((source) => /token=3D([\w-]+(?:=\r\n[\w-]+)*)/.exec(source)?.[1]?.replaceAll('=\r\n', ''))
  const [token] = tokens
  if (token === undefined) return ['a mail has no link']
  if (tokens.some((one) => one !== token)) return ['its copies have different links']
  const reset = () => post(bed, '/auth/password/reset', { token, newPassword })
  const [first, second] = [await reset(), await reset()]
  return [
    ...(first?.status === 200 ? [] : [`its link is answered ${first?.status}`]),
    ...(second?.status === 400 ? [] : [`its link is answered ${second?.status} the second time`]),
  ]
}

/** The leases of the dead have run out, and nothing is owed any more. */
async function settled({ location }: Bed): Promise<void> {
  await ask(location, `update job set due_at = now() - interval '1 second' where due_at is not null`)
  const isEmpty = async () => {
    while ((await ask(location, `select 1 as what from job where due_at is not null`)).length > 0) await pause(50)
  }
  await within(patienceMs, isEmpty(), 'something is still owed')
}

const opens = async (bed: Bed, email: string, password: string): Promise<boolean> =>
  (await post(bed, '/auth/login', { email, password }))?.status === 200

const post = ({ sockets }: Bed, path: string, body: object): Promise<Answered | undefined> =>
  sockets.send('POST', path, body, { 'x-forwarded-for': '192.0.2.1', 'x-operation': path }).catch(() => undefined)
