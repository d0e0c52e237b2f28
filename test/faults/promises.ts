/**
 * Holds a server to what people were told.
 *
 * @module
 */
import type { Answered, Sockets } from '../security/sockets.ts'
import type { KnownSession, Person } from './people.ts'

/** How many promises of each kind a check looked at, and which were broken. */
export interface Checked {
  users: number
  living: number
  ended: number
  readonly broken: string[]
}

/** Asks a server that was started again about everything that was promised. */
export async function checkPromises({ send }: Pick<Sockets, 'send'>, people: readonly Person[]): Promise<Checked> {
  const checked: Checked = { users: 0, living: 0, ended: 0, broken: [] }
  await Promise.all(people.map((person, index) => checkPerson(person, `198.51.101.${1 + (index % 250)}`)))
  return checked

  async function checkPerson(person: Person, ip: string): Promise<void> {
    const ask = (method: string, path: string, body?: object, token?: string) =>
      patiently(() =>
        send(method, path, body, {
          'x-auth-strategy': 'bearer',
          'x-forwarded-for': ip,
          'x-operation': 'check',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        }),
      )
    const claim = (holds: boolean, what: string) => {
      if (!holds) checked.broken.push(`${person.email}: ${what}`)
    }
    const states = await Promise.all(person.sessions.map((session) => checkSession(session, ask, claim)))
    if (person.exists === 'no') return
    const isThere = await checkUser(person, ask, claim)
    if (person.exists === 'yes') checked.users += 1
    if (!isThere) return
    const worked = await checkPasswords(person, ask, claim)
    // A change of password ends the other sessions in the same transaction: both, or neither.
    const inDoubt = person.sessions.flatMap(({ state }, index) => (state === 'unknown' ? [states[index]] : []))
    if (person.passwords.length > 1 && inDoubt.length > 0 && worked !== undefined)
      claim(
        inDoubt.every((state) => (state === 'living') === (worked === 0)),
        'a change of password happened by half',
      )
  }

  async function checkSession(session: KnownSession, ask: Ask, claim: Claim): Promise<'living' | 'ended'> {
    const me = await ask('GET', '/auth/me', undefined, session.accessToken)
    const refreshed = await ask('POST', '/auth/refresh', { refreshToken: session.refreshToken })
    const told = `${me.status}/${refreshed.status}`
    const found = me.status === 200 ? 'living' : 'ended'
    claim(told === '200/200' || told === '401/401', `a session is half alive: ${told}`)
    if (session.state === 'unknown') return found
    claim(found === session.state, `a session that was ${session.state} is ${found}`)
    checked[session.state] += 1
    return found
  }
}

type Ask = (method: string, path: string, body?: object, token?: string) => Promise<Answered>
type Claim = (holds: boolean, what: string) => void

/** @returns whether the account is there; it is whole in any case, since its password opens it */
async function checkUser(person: Person, ask: Ask, claim: Claim): Promise<boolean> {
  const body = { email: person.email, password: person.passwords[0] }
  const { status } = await ask('POST', '/auth/register', body)
  if (person.exists === 'yes') claim(status === 409, `was told that the account exists, and now ${status}`)
  else claim(status === 201 || status === 409, `registers again: ${status}`)
  return true
}

/** @returns which of the passwords works */
async function checkPasswords(person: Person, ask: Ask, claim: Claim): Promise<number | undefined> {
  const answers = []
  for (const password of person.passwords) answers.push(await ask('POST', '/auth/login', { email: person.email, password }))
  const working = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []))
  if (person.disabled === 'yes') claim(working.length === 0, 'is disabled and logs in')
  if (person.disabled === 'no') claim(working.length === 1, `${working.length} passwords work`)
  const [found] = working
  const token = found === undefined ? undefined : answers[found]?.body.accessToken
  if (token === undefined) return undefined
  const { body } = await ask('GET', '/auth/me', undefined, token)
  const { firstName } = body as { firstName?: string }
  claim(person.firstNames.includes(firstName ?? undefined), `is called ${firstName}`)
  return found
}

/** A caller whom a busy server puts off asks again. */
async function patiently(ask: () => Promise<Answered>): Promise<Answered> {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask()
    if (answer.status !== 503 || tries === 1_000) return answer
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
