/**
 * People who use a server and remember what they were told, and the checker that holds the server to it.
 *
 * A 2xx that reached its caller is a promise. What was on its way when the server died may have happened or not, but never half: before each
 * request its effect is in doubt, and its answer settles it.
 *
 * @module
 */
import type { Answered, Sockets } from '../security/sockets.ts'

/** A session as its owner knows it. */
export interface KnownSession {
  readonly handle: string
  accessToken: string
  refreshToken: string
  state: 'living' | 'ended' | 'unknown'
  /** Refresh tokens that a living successor has replaced, and that a successor of that one has replaced in turn. */
  readonly spent: string[]
}

/** A person as they know themselves. */
export interface Person {
  readonly email: string
  id?: string
  exists: 'no' | 'yes' | 'unknown'
  /** One, or two while a change is in doubt: the old one first. */
  passwords: readonly string[]
  firstNames: readonly (string | undefined)[]
  disabled: 'no' | 'yes' | 'unknown'
  readonly sessions: KnownSession[]
  /** Logouts and revocations that were answered. */
  endings: number
}

/** Somebody nobody knows yet. */
export const stranger = (email: string): Person => ({
  email,
  exists: 'no',
  passwords: ['correct horse battery'],
  firstNames: [undefined],
  disabled: 'no',
  sessions: [],
  endings: 0,
})

/** Asks, as a person does who may have to ask again; `undefined` when the server has died. */
export type Tell = (
  method: string,
  path: string,
  body?: object,
  token?: string,
  operation?: string,
) => Promise<Answered | undefined>

/** An answer that no fault explains. */
export class Unexpected extends Error {}

/** What a person does; each answers whether the server lived through it. @throws Unexpected */
export function actions(person: Person, tell: Tell) {
  const password = () => person.passwords.at(-1) ?? ''
  const others = (kept: KnownSession) => person.sessions.filter((session) => session !== kept && session.state !== 'ended')
  const setAll = (sessions: readonly KnownSession[], state: KnownSession['state']) => {
    for (const session of sessions) session.state = state
  }

  return {
    async register(): Promise<boolean> {
      const again = person.exists === 'unknown'
      person.exists = 'unknown'
      const answer = await tell('POST', '/auth/register', { email: person.email, password: password() })
      if (!answer) return false
      // Asked again after an answer that got lost: it had happened.
      if (!((again || wasAsked(answer)) && answer.status === 409)) keep(person, expected(answer, 201))
      person.exists = 'yes'
      return true
    },
    async login(operation = 'login'): Promise<boolean> {
      const answer = await tell('POST', '/auth/login', { email: person.email, password: password() }, undefined, operation)
      if (answer) keep(person, expected(answer, 200))
      return answer !== undefined
    },
    async refresh(session: KnownSession): Promise<boolean> {
      const answer = await tell('POST', '/auth/refresh', { refreshToken: session.refreshToken })
      if (!answer) return false
      const { accessToken, refreshToken } = expected(answer, 200).body
      session.spent.push(session.refreshToken)
      Object.assign(session, { accessToken, refreshToken })
      return true
    },
    async look(session: KnownSession): Promise<boolean> {
      const answer = await tell('GET', '/auth/me', undefined, session.accessToken)
      if (answer) expected(answer, 200)
      return answer !== undefined
    },
    async rename(session: KnownSession, firstName: string): Promise<boolean> {
      person.firstNames = [...person.firstNames, firstName]
      const answer = await tell('PATCH', '/auth/me', { firstName }, session.accessToken)
      if (!answer) return false
      expected(answer, 200)
      person.firstNames = [firstName]
      return true
    },
    async changePassword(session: KnownSession, newPassword: string): Promise<boolean> {
      const currentPassword = password()
      const ended = others(session)
      person.passwords = [currentPassword, newPassword]
      setAll(ended, 'unknown')
      const answer = await tell('POST', '/auth/password/change', { currentPassword, newPassword }, session.accessToken)
      if (!answer) return false
      // Asked again after an answer that got lost: the old password is refused because it had been replaced.
      if (!(answer.body.code === 'invalid_credentials' && wasAsked(answer))) expected(answer, 200)
      person.passwords = [newPassword]
      setAll(ended, 'ended')
      return true
    },
    async logout(session: KnownSession): Promise<boolean> {
      session.state = 'unknown'
      const answer = await tell('POST', '/auth/logout', { refreshToken: session.refreshToken })
      if (!answer) return false
      expected(answer, 204)
      session.state = 'ended'
      person.endings += 1
      return true
    },
    async revoke(session: KnownSession, by: KnownSession): Promise<boolean> {
      session.state = 'unknown'
      const answer = await tell('DELETE', `/auth/sessions/${session.handle}`, undefined, by.accessToken, 'revoke')
      if (!answer) return false
      if (!(answer.status === 404 && wasAsked(answer))) expected(answer, 204)
      session.state = 'ended'
      person.endings += 1
      return true
    },
    async logoutAll(by: KnownSession): Promise<boolean> {
      const all = person.sessions.filter(({ state }) => state !== 'ended')
      setAll(all, 'unknown')
      const answer = await tell('POST', '/auth/logout-all', undefined, by.accessToken)
      if (!answer) return false
      if (!(answer.status === 401 && wasAsked(answer))) expected(answer, 204)
      setAll(all, 'ended')
      return true
    },
  }
}

/** Answers that came after another one to the same request had got lost. */
const repeated = new WeakSet<Answered>()
const wasAsked = (answer: Answered): boolean => repeated.has(answer)

function expected(answer: Answered, status: number): Answered {
  if (answer.status !== status) throw new Unexpected(`${answer.status} ${answer.body.code ?? ''} where ${status} was due`)
  return answer
}

function keep(person: Person, { body }: Answered): void {
  const { user, accessToken, refreshToken } = body
  person.id = user.id
  const handle = refreshToken.split('.', 1)[0] ?? ''
  person.sessions.push({ handle, accessToken, refreshToken, state: 'living', spent: [] })
}

/** For now, by the server or by what stands before it. */
const refusals: readonly number[] = [502, 503]

/** How a person asks. */
export interface Manner {
  /** An address of their own: no limit and no fairness by address puts them off. */
  readonly ip: string
  /** Called for each answer. */
  answered?(answer: Answered): void
  /** Whether they go on asking after a 503 or a connection that broke; else that is where they stop. */
  insists?(): boolean
}

/** Makes a person's voice. */
export function voice({ send }: Pick<Sockets, 'send'>, { ip, answered, insists }: Manner): Tell {
  return async (method, path, body, token, operation) => {
    const headers = {
      'x-auth-strategy': 'bearer',
      'x-forwarded-for': ip,
      'x-operation': operation ?? path.replace(/^\/auth\//, ''),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
    for (let tries = 0; ; tries += 1) {
      const answer = await send(method, path, body, headers).catch((error: unknown) => {
        if (!(error instanceof Error)) throw error
        return undefined
      })
      if (answer) answered?.(answer)
      if (answer && !refusals.includes(answer.status)) {
        if (tries > 0) repeated.add(answer)
        return answer
      }
      if (!insists?.()) return undefined
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** A load. */
export interface Load extends Omit<Manner, 'ip'> {
  readonly clients: number
  /** Part of every address, so that two loads have nobody in common. */
  readonly name: string
  /** Asked between two lives; without it they go on until the server is gone. */
  goesOn?(): boolean
}

/** What a load leaves. */
export interface Loaded {
  readonly people: readonly Person[]
  /** Answers that no fault explains. */
  readonly broken: readonly string[]
}

/** Lives as `clients` people at once, one after the other: registers, logs in, refreshes, renames, changes a password, logs out. */
export async function runLoad(sockets: Pick<Sockets, 'send'>, load: Load): Promise<Loaded> {
  const { clients, name, goesOn } = load
  const people: Person[] = []
  const broken: string[] = []
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)))
  return { people, broken }

  async function work(client: number): Promise<void> {
    const tell = voice(sockets, { ...load, ip: `198.51.100.${1 + (client % 250)}` })
    for (let turn = 0; goesOn?.() ?? true; turn += 1) {
      const person = stranger(`${name}-${client}-${turn}@example.com`)
      people.push(person)
      try {
        if (!(await live(person, tell))) return
      } catch (error) {
        if (!(error instanceof Unexpected)) throw error
        broken.push(`${person.email}: ${error.message}`)
        return
      }
    }
  }
}

/** @returns whether the server lived through it */
async function live(person: Person, tell: Tell): Promise<boolean> {
  const act = actions(person, tell)
  const at = (index: number) => person.sessions[index] as KnownSession
  if (!((await act.register()) && (await act.login()) && (await act.login()))) return false
  for (const session of [at(0), at(1), at(0)]) if (!((await act.refresh(session)) && (await act.look(session)))) return false
  if (!(await act.rename(at(0), 'Ada'))) return false
  if (!(await act.logout(at(1)))) return false
  const last = at(person.sessions.length - 1)
  return last === at(0) || last === at(1) ? true : act.changePassword(at(0), 'another good secret')
}
