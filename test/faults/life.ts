/**
 * One life in which everything happens once, as steps: each is an operation that failpoints are named after.
 *
 * @module
 */
import type { Sockets } from '../security/sockets.ts'
import type { NodeAnswer, NodeOrder } from './nodes.ts'
import { actions, type KnownSession, type Person, stranger, type Tell, voice } from './people.ts'

/** Who takes part: somebody who changes everything, somebody who is disabled, somebody whose password is guessed. */
export interface Cast {
  readonly ada: Person
  readonly eve: Person
  readonly guessed: Person
  /** Guesses that were judged. */
  judged: number
}

/** A new cast. */
export const newCast = (name: string): Cast => ({
  ada: stranger(`ada-${name}@example.com`),
  eve: stranger(`eve-${name}@example.com`),
  guessed: stranger(`guessed-${name}@example.com`),
  judged: 0,
})

/** What a step asks with. */
export interface Stage {
  readonly send: Sockets['send']
  tell(order: NodeOrder): Promise<NodeAnswer>
}

/** A step; answers whether the server lived through it. */
export interface Step {
  /** What its failpoints are named after; absent for set-up. */
  readonly operation?: string
  run(cast: Cast, stage: Stage): Promise<boolean>
}

const session = (person: Person, index: number) => person.sessions[index] as KnownSession
const speak = (stage: Stage, ip: string): Tell => voice(stage, { ip })
const ada = (cast: Cast, stage: Stage) => actions(cast.ada, speak(stage, '192.0.2.1'))

/** One wrong guess. @returns the answer's status; `undefined` when the server died */
export async function guess({ guessed }: Cast, stage: Stage): Promise<number | undefined> {
  const body = { email: guessed.email, password: 'a wrong guess' }
  return (await speak(stage, '192.0.2.3')('POST', '/auth/login', body, undefined, 'guess'))?.status
}

async function countedGuess(cast: Cast, stage: Stage): Promise<boolean> {
  const status = await guess(cast, stage)
  if (status === 401) cast.judged += 1
  return status !== undefined
}

async function disableEve({ eve }: Cast, { tell }: Stage): Promise<boolean> {
  eve.disabled = 'unknown'
  for (const one of eve.sessions) one.state = 'unknown'
  const answer = await tell({ do: 'disable', userId: eve.id ?? '' }).catch(died)
  if (!answer || answer.failed !== undefined) return false
  eve.disabled = 'yes'
  for (const one of eve.sessions) one.state = 'ended'
  return true
}

const died = (error: unknown): undefined => {
  if (!(error instanceof Error)) throw error
}

/** In this order. */
export const steps: readonly Step[] = [
  { operation: 'register', run: (cast, stage) => ada(cast, stage).register() },
  { operation: 'login', run: (cast, stage) => ada(cast, stage).login() },
  { run: (cast, stage) => ada(cast, stage).login('set-up') },
  { operation: 'refresh', run: (cast, stage) => ada(cast, stage).refresh(session(cast.ada, 0)) },
  { operation: 'me', run: (cast, stage) => ada(cast, stage).rename(session(cast.ada, 0), 'Ada') },
  { operation: 'revoke', run: (cast, stage) => ada(cast, stage).revoke(session(cast.ada, 2), session(cast.ada, 0)) },
  {
    operation: 'password/change',
    run: (cast, stage) => ada(cast, stage).changePassword(session(cast.ada, 0), 'another good secret'),
  },
  { run: (cast, stage) => ada(cast, stage).login('set-up') },
  { operation: 'logout', run: (cast, stage) => ada(cast, stage).logout(session(cast.ada, 3)) },
  { run: (cast, stage) => ada(cast, stage).login('set-up') },
  { operation: 'logout-all', run: (cast, stage) => ada(cast, stage).logoutAll(session(cast.ada, 4)) },
  { run: (cast, stage) => actions(cast.eve, speak(stage, '192.0.2.2')).register() },
  { operation: 'disable', run: disableEve },
  { run: (cast, stage) => actions(cast.guessed, speak(stage, '192.0.2.3')).register() },
  { run: countedGuess },
  { run: countedGuess },
  { operation: 'guess', run: countedGuess },
  { operation: 'rotate', run: async (_, { tell }) => (await tell({ do: 'rotate' }).catch(died))?.kid !== undefined },
]
