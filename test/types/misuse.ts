/**
 * What must not compile, each beside a neighbour that does. Each line is proved by the compiler: an expected error that does not come is one,
 * and a neighbour that does not compile is one too.
 *
 * @module
 */
import { z } from 'zod'
import { createClient } from '../../src/client.ts'
import { toExpress } from '../../src/express.ts'
import {
  type Auth,
  type AuthOptions,
  type Ctx,
  contract,
  createAuth,
  endpoint,
  feature,
  type HostDeps,
  type Migration,
  type Tx,
} from '../../src/index.ts'

/** What `createAuth` answers to an application without features of its own. */
type House = Auth<object, []>

export function misspeltEvents(auth: Auth, tx: Tx): void {
  auth.on('identity.user.created', () => {})
  // @ts-expect-error a misspelt event
  auth.on('identity.user.creatd', () => {})
  auth.on('identity.user.*', (event) => void event.userId)
  // @ts-expect-error a pattern that no event fits
  auth.on('identity.users.*', () => {})
  auth.on('identity.user.disabled', (event) => void event.data.reason)
  // @ts-expect-error data that is another event's
  auth.on('identity.user.disabled', (event) => void event.data.fields)
  tx.emit('identity.user.disabled', { data: { reason: 'chargeback' } })
  // @ts-expect-error an event nobody declared
  tx.emit('identity.user.eaten', { data: {} })
  // @ts-expect-error data that is not the event's
  tx.emit('identity.user.disabled', { data: { why: 'chargeback' } })
}

export function wrongOptions(options: AuthOptions): void {
  createAuth({ ...options, sessions: { idle: '15m', absolute: '30d' } })
  // @ts-expect-error an unknown option
  createAuth({ ...options, sesions: {} })
  // @ts-expect-error an unknown option further down
  createAuth({ ...options, sessions: { idel: '15m' } })
  // @ts-expect-error a duration that is none
  createAuth({ ...options, sessions: { idle: '15min' } })
  // @ts-expect-error a number is no duration: of what?
  createAuth({ ...options, sessions: { idle: 900 } })
  // @ts-expect-error a secret is required
  createAuth({ baseUrl: options.baseUrl, storage: options.storage })
  // @ts-expect-error while rotating there is at least one secret
  createAuth({ ...options, secret: [] })
  // @ts-expect-error a limit of a row that is not in the table
  createAuth({ ...options, http: { limits: { logins: { shared: false } } } })
}

export function wrongHooks(options: AuthOptions): void {
  createAuth({
    ...options,
    hooks: {
      beforeRegister: ({ email }) => void email?.endsWith('@example.com'),
      inTransaction: {
        'identity.user.created': async ({ userId, data }, tx) => {
          await tx.query`insert into contact (user_id, role) values (${userId}, ${data.role})`
        },
      },
    },
  })
  // @ts-expect-error a misspelt event
  createAuth({ ...options, hooks: { inTransaction: { 'identity.user.creatd': async () => {} } } })
  // @ts-expect-error data that is another event's
  createAuth({ ...options, hooks: { inTransaction: { 'identity.user.created': async ({ data }) => void data.reason } } })
  // @ts-expect-error a hook nobody calls
  createAuth({ ...options, hooks: { afterLogin: () => {} } })
}

export function wrongCalls(auth: House, request: Request): void {
  const api = auth.as(request)
  void api.sessions.revoke({ sessionHandle: 's' })
  // @ts-expect-error a missing input
  api.sessions.revoke()
  // @ts-expect-error an input of another name
  api.sessions.revoke({ handle: 's' })
  // @ts-expect-error a session without a proof: nobody but a login starts one
  api.sessions.start({ userId: 'u1' })
  // @ts-expect-error an operator's call with the rights of a request
  api.users.disable({ id: 'u1', reason: 'chargeback' })
  const desk = auth.asSystem('fraud desk', { onBehalfOf: 'u2' })
  void desk.users.disable({ id: 'u1', reason: 'chargeback' })
  // @ts-expect-error trusted code without a reason has no name in the audit log
  auth.asSystem()
  // @ts-expect-error only somebody at a browser sees what a user sees: trusted code has no eyes to stand behind
  desk.impersonation.start({ id: 'u1', reason: 'ticket' })
  // @ts-expect-error a person is never disabled without a reason
  desk.users.disable({ id: 'u1' })
  void auth.require(request, { role: 'admin', within: '5m' })
  // @ts-expect-error a demand nobody checks
  void auth.require(request, { roles: ['admin'] })
  // @ts-expect-error a level of assurance that does not exist
  void auth.require(request, { aal: 4 })
}

export async function undeclaredCodes(auth: House, request: Request): Promise<void> {
  const answer = await auth.as(request).sessions.revoke({ sessionHandle: 's' }).result()
  if (!answer.ok && answer.error.code === 'not_found') throw answer.error
  // @ts-expect-error a code this endpoint does not declare
  if (!answer.ok && answer.error.code === 'identifier_taken') throw answer.error
  // @ts-expect-error the value of a call that may have been refused
  void answer.value
  const found = await auth.authenticate(request)
  if (found.status === 'active') void found.userId
  // @ts-expect-error in whose place nobody stands: a session of the user's own has no operator
  if (found.status === 'active') void found.impersonation.operatorId
  // @ts-expect-error the user of a request that nobody looked at
  void found.userId
}

const list = endpoint({
  method: 'GET',
  path: '/notes',
  access: 'session',
  summary: 'My notes',
  query: z.object({ year: z.coerce.number() }),
  returns: z.array(z.object({ id: z.string() })),
})
const greet = endpoint({ method: 'GET', path: '/notes/greeting', access: 'public', summary: 'A word', returns: z.string() })
const notes = contract('notes', { list, greet })

export function wrongContracts(): void {
  contract('notes', { list: endpoint({ method: 'GET', path: '/notes', access: 'public', summary: 'Notes' }) })
  // @ts-expect-error an endpoint without access: nothing is public by accident
  contract('notes', { list: endpoint({ method: 'GET', path: '/notes', summary: 'Notes' }) })
  // @ts-expect-error a path that does not begin at the base
  endpoint({ method: 'GET', path: 'notes', access: 'public', summary: 'Notes' })
  // @ts-expect-error an access nobody knows
  endpoint({ method: 'GET', path: '/notes', access: 'everybody', summary: 'Notes' })
  // @ts-expect-error a duration that is none
  endpoint({ method: 'GET', path: '/notes', access: { session: { within: '5min' } }, summary: 'Notes' })
  // @ts-expect-error a limit that is not in the table
  endpoint({ method: 'GET', path: '/notes', access: 'public', summary: 'Notes', rateLimit: 'notes' })
}

export function wrongHandlers(): void {
  const name = 'notes'
  const create = () => ({ list: async (year: number) => [{ id: `note of ${year}` }] })
  const good = { greet: async () => 'hello' }
  feature({ name, contract: notes, create, handlers: (own) => ({ ...good, list: ({ input }) => own.list(input.year) }) })
  // @ts-expect-error an endpoint without a handler
  feature({ name, contract: notes, create, handlers: () => good })
  // @ts-expect-error an answer of another shape than the contract promises
  feature({ name, contract: notes, create, handlers: () => ({ ...good, list: async () => [{ title: 'no id' }] }) })
  // @ts-expect-error an input the contract does not have
  feature({ name, contract: notes, create, handlers: (own) => ({ ...good, list: ({ input }) => own.list(input.month) }) })
  // @ts-expect-error the caller of an endpoint that is open to everybody
  feature({ name, contract: notes, create, handlers: () => ({ list: async () => [], greet: async ({ auth }) => auth.userId }) })
}

const none = contract('none', {})
const sized = {
  name: 'none',
  contract: none,
  create: ({ options }: HostDeps<{ size: number }>) => options.size,
  handlers: () => ({}),
}
const size = z.strictObject({ size: z.number() })

export function wrongValues(): void {
  feature({ ...sized, options: size }, { size: 3 })
  // @ts-expect-error a value the schema asks for
  feature({ ...sized, options: size })
  // @ts-expect-error a value of another type
  feature({ ...sized, options: size }, { size: 'three' })
  // @ts-expect-error a value the schema does not know
  feature({ ...sized, options: size }, { size: 3, colour: 'red' })
  const plain = { name: 'none', contract: none, create: () => ({}), handlers: () => ({}) }
  feature(plain)
  // @ts-expect-error values where nothing reads them
  feature(plain, { size: 3 })
}

export function forgottenTenant(ctx: Ctx, { transaction }: HostDeps): void {
  const { tenantId, ...rest } = ctx
  void transaction({ ...rest, tenantId }, async (tx) => tx.query`select id from note where tenant_id = ${tx.tenantId}`)
  // @ts-expect-error a ctx that has lost its tenant
  void transaction(rest, async (tx) => tx.query`select id from note`)
  // @ts-expect-error a statement as a text: its values would be spliced, not bound
  void transaction(ctx, async (tx) => tx.query(`select id from note where tenant_id = '${tenantId}'`))
  // @ts-expect-error a change without a transaction has nowhere to say what happened
  ctx.emit('identity.user.enabled', { data: {} })
}

export const steps: readonly Migration[] = [
  {
    id: '001_note',
    up: ({ raw, types }) => [raw(`create table note (id ${types.text})`)],
    down: ({ schema }) => [schema.dropTable('note')],
  },
  // @ts-expect-error a step without a way back
  { id: '002_colour', up: ({ raw }) => [raw('alter table note add column colour text')] },
  // @ts-expect-error a column type that not every engine has
  { id: '003_place', up: ({ raw, types }) => [raw(`alter table note add column place ${types.point}`)], down: () => [] },
]

export function wrongClient(): void {
  const client = createClient({ contracts: [notes] })
  void client.notes.list({ year: 2026 })
  // @ts-expect-error a missing input
  void client.notes.list()
  // @ts-expect-error a group nobody declared
  void client.invoices.list()
  void client.me()
  // @ts-expect-error an input where nothing reads it
  void client.me({ id: 'u1' })
  // @ts-expect-error tokens travel as cookies or as bearer, nothing else
  createClient({ mode: 'token' })
}

/** A guard that would stand open, and calls whose credential nobody would deliver. */
export function misdemand(auth: House): void {
  const { guard } = toExpress(auth)
  // @ts-expect-error a misspelt demand
  guard({ rol: 'admin' })
  // @ts-expect-error a demand nobody knows yet
  guard({ permission: 'orders:read' })
  // @ts-expect-error a demand without a value
  guard({ role: undefined })
  // @ts-expect-error a duration that is none
  guard({ within: '5min' })
  const api = auth.as(new Request('https://app.example.com'))
  // @ts-expect-error a session nobody would deliver
  void api.login
  // @ts-expect-error a credential nobody would deliver
  void api.refresh
  // @ts-expect-error a token whose cookie nobody would deliver
  void api.sessions.csrf
  // @ts-expect-error a session nobody would deliver
  void api.password.finishLogin
  void api.logout
}
