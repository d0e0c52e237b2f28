/**
 * Mixed load by clients who remember what they were told, and the checker that holds the server to it.
 *
 * A 2xx that reached its client is a promise. What was on its way when the server died may have happened or not, but never half.
 *
 * @module
 */
import { expect } from 'vitest'
import type { Answered, Sockets } from './sockets.ts'

const password = 'correct horse battery'
/** Each client calls from an address of its own: no limit and no fairness by address puts it off. */
const from = (client: number) => ({ 'x-auth-strategy': 'bearer', 'x-forwarded-for': `198.51.100.${1 + (client % 250)}` })

/** A session as its client knows it. */
interface KnownSession {
  accessToken: string
  refreshToken: string
  /** `unknown`: a logout was on its way when the server died. */
  state: 'living' | 'ended' | 'unknown'
}

/** A person as their client knows them. */
export interface KnownUser {
  readonly email: string
  /** Whether the registration was answered. */
  registered: boolean
  readonly sessions: KnownSession[]
}

/** How many promises of each kind a check looked at. */
export interface Checked {
  users: number
  living: number
  ended: number
}

/**
 * Works as `clients` people at once until the server is gone. `answered` is called for each answer.
 *
 * @returns what they know
 */
export async function runLoad(
  { send }: Sockets,
  clients: number,
  name: string,
  answered: () => void,
): Promise<readonly KnownUser[]> {
  const known: KnownUser[] = []
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)))
  return known

  async function work(client: number): Promise<void> {
    for (let turn = 0; ; turn += 1) {
      const user: KnownUser = { email: `${name}-${client}-${turn}@example.com`, registered: false, sessions: [] }
      known.push(user)
      if (!(await live(user, client))) return
    }
  }

  /** Registers, logs in elsewhere, refreshes both, ends the second. @returns whether the server lived through it */
  async function live(user: KnownUser, client: number): Promise<boolean> {
    const { email } = user
    const tell = (path: string, body: object) => tellFrom(client, path, body)
    const registered = await tell('/auth/register', { email, password })
    if (!registered) return false
    user.registered = true
    const first = keep(user, registered)
    const loggedIn = await tell('/auth/login', { email, password })
    if (!loggedIn) return false
    const second = keep(user, loggedIn)
    for (const session of [first, second, first]) {
      const refreshed = await tell('/auth/refresh', { refreshToken: session.refreshToken })
      if (!refreshed) return false
      Object.assign(session, tokensOf(refreshed))
    }
    second.state = 'unknown'
    if (!(await tell('/auth/logout', { refreshToken: second.refreshToken }))) return false
    second.state = 'ended'
    return true
  }

  /** @returns `undefined` when the server died before it answered */
  async function tellFrom(client: number, path: string, body: object): Promise<Answered | undefined> {
    const answer = await send('POST', path, body, from(client)).catch(() => undefined)
    if (!answer) return undefined
    answered()
    expect([200, 201, 204], `${path} under load`).toContain(answer.status)
    return answer
  }
}

function keep(user: KnownUser, answer: Answered): KnownSession {
  const session: KnownSession = { ...tokensOf(answer), state: 'living' }
  user.sessions.push(session)
  return session
}

const tokensOf = ({ body: { accessToken, refreshToken } }: Answered) => ({ accessToken, refreshToken })

/** Holds a server that was started again to every promise. */
export async function checkPromises({ send }: Sockets, known: readonly KnownUser[]): Promise<Checked> {
  const checked: Checked = { users: 0, living: 0, ended: 0 }
  await Promise.all(known.map(checkUser))
  return checked

  async function checkUser({ email, registered, sessions }: KnownUser, client: number): Promise<void> {
    const again = await send('POST', '/auth/register', { email, password }, from(client))
    if (registered) expect(again.status, `${email} was told that the account exists`).toBe(409)
    // Whether or not an unanswered registration happened, it is whole: the password opens the account.
    expect((await send('POST', '/auth/login', { email, password }, from(client))).status, `${email} logs in`).toBe(200)
    checked.users += registered ? 1 : 0
    for (const session of sessions) await checkSession(session)
  }

  async function checkSession({ state, accessToken, refreshToken }: KnownSession): Promise<void> {
    if (state === 'unknown') return
    const me = await send('GET', '/auth/me', undefined, { authorization: `Bearer ${accessToken}` })
    const refreshed = await send('POST', '/auth/refresh', { refreshToken }, from(0))
    expect([me.status, refreshed.status]).toEqual(state === 'living' ? [200, 200] : [401, 401])
    checked[state] += 1
  }
}
