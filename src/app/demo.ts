/**
 * A house in which people have lived for a while, for whoever looks at the panel for the first time.
 *
 * Invariant: only an empty house is filled, and none that serves people. Nobody of it can log in: their one password is random and told to nobody.
 * What is drawn is drawn alike each time; only instants and ids differ.
 * Not here: mails that are sent. Nobody is told of logins that never were; what a mail server did not take lies in the queue.
 *
 * @module
 */
import { verifyMail } from '../features/email/index.ts'
import type { AuthEvent } from '../kernel/contract/event.ts'
import { randomToken } from '../kernel/crypto/random.ts'
import type { Ctx } from '../kernel/ctx.ts'
import type { Built } from './build.ts'
import { demoAgents, demoNetworks, demoPeople } from './demo-people.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const days = 30
/** A session that is not used for longer has ended. */
const livingDays = 12
/** When somebody tried one password after the other. */
const badDay = 9

/** Somebody who lives here, and since when. */
interface Resident {
  readonly id: string
  readonly email: string
  /** Whether they proved their address. */
  readonly isProved: boolean
  readonly sinceMs: number
  readonly agents: readonly string[]
  readonly ip: string
}

/** What a mail server said for some hours that was not told of this house. */
const mailRefusal = '550 5.7.1 Relaying denied'
/** How many mails wait for somebody who has them sent again: of today, since older ones are not worth their links any more. */
const lostMails = 5

/** Whether there is nobody yet, so that there can be a demonstration. */
export const canHoldDemo = ({ service, systemCtx }: Built): Promise<boolean> => service('users').isEmpty(systemCtx('demo'))

/** Fills a house with forty people, their devices and a month of what they did. */
export async function seedDemo(house: Built): Promise<void> {
  const draw = createDraw(20_260_131)
  const nowMs = house.ambient.clock.now().getTime()
  const password = await house.service('password').provision(randomToken(15), false)
  const residents: Resident[] = []
  for (const [index, person] of demoPeople.entries()) {
    const sinceMs = nowMs - Math.round((0.1 + draw.chance() * (index % 3 === 0 ? 90 : 29)) * dayMs)
    const agents = [draw.one(demoAgents), draw.one(demoAgents)].slice(draw.below(2))
    const ip = `${draw.one(demoNetworks)}.${1 + draw.below(250)}`
    const id = await moveIn(house, {
      ...person,
      role: roleOf(index),
      plan: draw.one(['free', 'free', 'team', 'pro']),
      sinceMs,
      agents,
      ip,
      password,
    })
    residents.push({ id, email: person.email, sinceMs, agents, ip, isProved: !isUnproved(person) })
  }
  // The audit log is read in the order it was written in.
  const stays = residents.flatMap((resident) => staysOf(resident, nowMs, draw)).sort((a, b) => a.atMs - b.atMs)
  for (const stay of stays) await logIn(house, stay)
  const eventful = Array.from({ length: days }, (_, ago) => dayOf(house, residents, { nowMs, ago }, draw)).flat()
  await house.service('telemetry')?.take(house.systemCtx('demo'), eventful)
  const unproved = residents.filter(({ isProved, sinceMs }) => !isProved && sinceMs < nowMs - dayMs)
  for (const [index, { email }] of unproved.slice(0, lostMails).entries())
    await loseMail(house, email, nowMs - Math.round((lostMails - index) * 1.7 * hourMs))
  const leaver = residents.at(17)
  if (leaver) await house.service('users').disable(house.systemCtx('demo'), leaver.id, 'Asked to pause the account')
}

const roleOf = (index: number): string => ({ 2: 'admin', 21: 'support', 33: 'auditor' })[index] ?? 'user'

type Newcomer = (typeof demoPeople)[number] &
  Pick<Resident, 'sinceMs' | 'agents' | 'ip'> & {
    role: string
    plan: string
    password: Awaited<ReturnType<ReturnType<typeof passwordsOf>['provision']>>
  }
const passwordsOf = (house: Built) => house.service('password')

/** What they did themselves counts as theirs. */
const ctxOf = (
  house: Built,
  { atMs, userId, ip, userAgent }: { atMs: number; userId?: string; ip: string; userAgent: string },
): Ctx => ({
  ...house.systemCtx('demo'),
  at: new Date(atMs),
  actor: userId === undefined ? { kind: 'anonymous', id: 'anonymous' } : { kind: 'user', id: userId },
  from: { ip, userAgent, correlationId: house.ambient.newId() },
})

/** Some never proved their address. */
const isUnproved = ({ firstName }: Pick<Newcomer, 'firstName'>): boolean => firstName.length % 5 === 0

/**
 * Somebody asked for the mail that proves an address, and the mail server did not take it. Written as the worker would leave it: the product has no way
 * to give a job up that nobody has tried.
 */
async function loseMail(house: Built, email: string, atMs: number): Promise<void> {
  const mail = house.service('mail')
  if (!mail || !house.service('email')) return
  const ctx: Ctx = { ...house.systemCtx('demo'), at: new Date(atMs) }
  await house.database.transaction(ctx, async (tx) => {
    const id = await mail.owe(tx, verifyMail, { email })
    await tx.query`update job set due_at = null, attempts = 1, last_error = ${mailRefusal} where id = ${id}`
    tx.emit('identity.mail.failed', { data: { template: verifyMail.template } })
  })
}

async function moveIn(house: Built, { email, role, plan, sinceMs, agents, ip, password, ...names }: Newcomer): Promise<string> {
  const users = house.service('users')
  const ctx = ctxOf(house, { atMs: sinceMs, ip, userAgent: agents[0] ?? '' })
  const verifiedAt = isUnproved(names) ? undefined : ctx.at
  const user = users.draft(ctx, { ...names, identifier: users.read(email), role, verifiedAt, metadata: { plan } })
  await users.create(ctx, user, { ...password, isGreeted: true })
  return user.id
}

/** A session somebody began on a device, and used since. */
interface Stay {
  readonly resident: Resident
  readonly userAgent: string
  readonly atMs: number
  readonly usedMs: number
}

/** One on each of their devices, begun on one of the last days. */
const staysOf = (resident: Resident, nowMs: number, draw: Draw): readonly Stay[] =>
  resident.agents.map((userAgent) => {
    const atMs = Math.max(resident.sinceMs, nowMs - Math.round(draw.chance() * livingDays * dayMs))
    return { resident, userAgent, atMs, usedMs: atMs + Math.round(draw.chance() * (nowMs - atMs)) }
  })

async function logIn(house: Built, { resident: { id, ip }, userAgent, atMs, usedMs }: Stay): Promise<void> {
  const [users, sessions] = [house.service('users'), house.service('sessions')]
  const ctx = ctxOf(house, { atMs, userId: id, ip, userAgent })
  const user = await users.find(ctx, id)
  if (!user) return
  const evidence = [{ factor: 'password', amr: 'pwd', at: ctx.at }]
  const opening = await sessions.prepare(ctx, { user, evidence, delivery: 'cookie' })
  const { state } = await house.database.transaction(ctx, (tx) => sessions.start(tx, opening))
  await sessions.touch({ ...ctx, at: new Date(usedMs) }, state)
}

/** What happened on one day: fewer come at the weekend. */
function dayOf(
  house: Built,
  residents: readonly Resident[],
  { nowMs, ago }: { nowMs: number; ago: number },
  draw: Draw,
): AuthEvent[] {
  const startMs = nowMs - (nowMs % dayMs) - ago * dayMs
  const liveliness = [0, 6].includes(new Date(startMs).getUTCDay()) ? 0.22 : 0.5
  const timeMs = () => startMs + 6 * hourMs + Math.round(draw.chance() * 16 * hourMs)
  const event = (atMs: number, { ip, agents }: Pick<Resident, 'ip' | 'agents'>, userId: string | undefined) => ({
    id: house.ambient.newId(),
    version: 1 as const,
    timestamp: new Date(atMs).toISOString(),
    tenantId: 'default',
    actor: { kind: 'anonymous' as const, id: 'anonymous' },
    ip,
    userAgent: agents[0] ?? '',
    ...(userId !== undefined && { userId }),
  })
  const failed = (of: Resident | typeof stranger, userId?: string): AuthEvent => ({
    ...event(timeMs(), of, userId),
    event: 'identity.auth.login.failed',
    data: { method: 'password' },
  })
  const happened: AuthEvent[] = []
  for (const resident of residents.filter(({ sinceMs }) => sinceMs < startMs + dayMs)) {
    if (draw.chance() > liveliness) continue
    if (draw.chance() < 0.15) happened.push(failed(resident, resident.id))
    happened.push({
      ...event(Math.max(timeMs(), resident.sinceMs), resident, resident.id),
      event: 'identity.auth.login.success',
      data: { methods: ['password'], delivery: 'cookie', knownBrowser: draw.chance() > 0.1 },
    })
  }
  for (let tries = ago === badDay ? 46 : draw.below(3); tries > 0; tries -= 1) happened.push(failed(stranger))
  // Of earlier days: somebody has looked after them since. Those of today lie in the queue.
  if (draw.chance() < 0.2 && ago > 0)
    happened.push({ ...event(timeMs(), stranger, undefined), event: 'identity.mail.failed', data: { template: 'verify-email' } })
  return happened.filter(({ timestamp }) => Date.parse(timestamp) <= nowMs)
}

/** Of the network of nobody here. */
const stranger = { ip: '2001:db8:4::7', agents: ['python-requests/2.32.3'] } as const

type Draw = ReturnType<typeof createDraw>

/** Draws lots, the same from the same seed (mulberry32). Nothing that is secret is drawn here. */
function createDraw(seed: number) {
  let state = seed
  function chance(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (end: number): number => Math.floor(chance() * end)
  return { chance, below, one: <T>(all: readonly T[]): T => all[below(all.length)] as T }
}
