/**
 * What must not compile. Each line is proved by the compiler: an expected error that does not come is one.
 *
 * @module
 */
import { type Auth, type AuthOptions, contract, createAuth, endpoint, type Tx } from '../../src/index.ts'

export function misuse(auth: Auth, tx: Tx, options: AuthOptions): void {
  // @ts-expect-error a misspelt event
  auth.on('identity.user.creatd', () => {})
  // @ts-expect-error an event nobody declared
  tx.emit('identity.user.eaten', { data: {} })
  // @ts-expect-error data that is not the event's
  tx.emit('identity.user.disabled', { data: { why: 'chargeback' } })
  // @ts-expect-error an unknown option
  createAuth({ ...options, sesions: {} })
  // @ts-expect-error a duration that is none
  createAuth({ ...options, sessions: { idle: '15min' } })
  // @ts-expect-error an endpoint without access: nothing is public by accident
  contract('notes', { list: endpoint({ method: 'GET', path: '/notes', summary: 'Notes' }) })
  const api = auth.as(new Request('https://app.example.com'))
  // @ts-expect-error a missing input
  api.sessions.revoke()
  // @ts-expect-error trusted code without a reason has no name in the audit log
  auth.asSystem()
  void refusedWith(api)
}

async function refusedWith(api: ReturnType<Auth['as']>): Promise<void> {
  const answer = await api.sessions.revoke({ sessionHandle: 's' }).result()
  // @ts-expect-error a code this endpoint does not declare
  if (!answer.ok && answer.error.code === 'identifier_taken') throw answer.error
}
