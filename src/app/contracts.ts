/**
 * The contracts of every feature, and the two interfaces they make: what a caller can do, and what trusted code can do.
 *
 * Browser-safe: the typed client is built from this list. One line a feature.
 *
 * @module
 */
import { accountAdminContract, accountContract } from '../features/account/contract.ts'
import { adminContract } from '../features/admin/contract.ts'
import { auditAdminContract, auditContract } from '../features/audit/contract.ts'
import { bulkAdminContract, bulkContract } from '../features/bulk/contract.ts'
import { emailAdminContract, emailContract } from '../features/email/contract.ts'
import { eventsContract } from '../features/events/contract.ts'
import { impersonationAdminContract, impersonationContract } from '../features/impersonation/contract.ts'
import { importsAdminContract, importsContract } from '../features/imports/contract.ts'
import { jobsAdminContract, jobsContract } from '../features/jobs/contract.ts'
import { loginContract } from '../features/login/contract.ts'
import { mailAdminContract, mailContract } from '../features/mail/contract.ts'
import { noticesContract } from '../features/notices/contract.ts'
import { pagesContract } from '../features/pages/contract.ts'
import { passwordAdminContract, passwordContract } from '../features/password/contract.ts'
import { picturesAdminContract, picturesContract } from '../features/pictures/contract.ts'
import { sessionsAdminContract, sessionsContract } from '../features/sessions/contract.ts'
import { settingsAdminContract, settingsContract } from '../features/settings/contract.ts'
import { signingAdminContract, signingContract } from '../features/signing/contract.ts'
import { systemAdminContract, systemContract } from '../features/system/contract.ts'
import { telemetryAdminContract, telemetryContract } from '../features/telemetry/contract.ts'
import { textsAdminContract, textsContract } from '../features/texts/contract.ts'
import { ticketsContract } from '../features/tickets/contract.ts'
import { usersAdminContract, usersContract } from '../features/users/contract.ts'
import type { Calls, Granting } from '../kernel/contract/call.ts'
import type { Contract } from '../kernel/contract/endpoint.ts'

/** Contracts callers reach. */
export const contracts = [
  loginContract,
  usersContract,
  sessionsContract,
  passwordContract,
  emailContract,
  accountContract,
  auditContract,
  picturesContract,
  signingContract,
  eventsContract,
  jobsContract,
  mailContract,
  noticesContract,
  ticketsContract,
  settingsContract,
  telemetryContract,
  pagesContract,
  textsContract,
  systemContract,
  bulkContract,
  importsContract,
  impersonationContract,
] as const

/** Contracts trusted code reaches through `auth.asSystem()`. */
export const adminContracts: readonly Contract[] = [
  usersAdminContract,
  sessionsAdminContract,
  passwordAdminContract,
  emailAdminContract,
  accountAdminContract,
  signingAdminContract,
  auditAdminContract,
  jobsAdminContract,
  mailAdminContract,
  settingsAdminContract,
  telemetryAdminContract,
  textsAdminContract,
  picturesAdminContract,
  systemAdminContract,
  bulkAdminContract,
  importsAdminContract,
]

/** Contracts the panel reaches: its own door, everything operators do, and what only somebody with a browser can. */
export const panelContracts: readonly Contract[] = [adminContract, impersonationAdminContract, ...adminContracts]

/** The calls that stand at the top of a client; all others are grouped by their contract's name. */
export const topCalls = ['login', 'register', 'refresh', 'logout', 'logoutAll', 'me', 'updateMe'] as const
type TopCall = (typeof topCalls)[number]

type LoginCalls = Calls<typeof loginContract>
type UsersCalls = Calls<typeof usersContract>
type SessionsCalls = Calls<typeof sessionsContract>

/** Everything a caller can do over HTTP: the typed client. */
export interface AuthApi extends LoginCalls, UsersCalls, Pick<SessionsCalls, 'refresh' | 'logout' | 'logoutAll'> {
  readonly sessions: Omit<SessionsCalls, TopCall>
  readonly password: Calls<typeof passwordContract>
  readonly email: Calls<typeof emailContract>
  readonly account: Calls<typeof accountContract>
  readonly signing: Calls<typeof signingContract>
  readonly telemetry: Calls<typeof telemetryContract>
  readonly pictures: Calls<typeof picturesContract>
  readonly audit: Calls<typeof auditContract>
  readonly impersonation: Calls<typeof impersonationContract>
}

type Ours = (typeof contracts)[number]

/** Everything code can do with the rights of a request: `auth.as(request)`. Calls that hand out a credential are missing: it could not travel. */
export type LocalApi = {
  readonly [K in keyof AuthApi as K extends TopCall & Granting<Ours> ? never : K]: K extends Ours['name']
    ? Omit<AuthApi[K], Granting<Extract<Ours, { readonly name: K }>>>
    : AuthApi[K]
}

/** Everything trusted code can do: `auth.asSystem(reason)`. */
export interface AdminApi {
  readonly users: Calls<typeof usersAdminContract>
  readonly sessions: Calls<typeof sessionsAdminContract>
  readonly password: Calls<typeof passwordAdminContract>
  readonly email: Calls<typeof emailAdminContract>
  readonly account: Calls<typeof accountAdminContract>
  readonly keys: Calls<typeof signingAdminContract>
  readonly audit: Calls<typeof auditAdminContract>
  readonly jobs: Calls<typeof jobsAdminContract>
  readonly mail: Calls<typeof mailAdminContract>
  readonly settings: Calls<typeof settingsAdminContract>
  readonly telemetry: Calls<typeof telemetryAdminContract>
  readonly texts: Calls<typeof textsAdminContract>
  readonly pictures: Calls<typeof picturesAdminContract>
  readonly system: Calls<typeof systemAdminContract>
  readonly bulk: Calls<typeof bulkAdminContract>
  readonly imports: Calls<typeof importsAdminContract>
}

/** Everything a panel or a script with the secret can do. */
export interface PanelApi extends AdminApi {
  readonly admin: Calls<typeof adminContract>
  readonly impersonation: Calls<typeof impersonationAdminContract>
}

type Invoke = (contract: Contract, key: string, input: unknown) => unknown

/** The calls of contracts under their names; a contract without any is left out. */
export function callGroups(list: readonly Contract[], invoke: Invoke, isIn = (_key: string): boolean => true): object {
  const groups = list.map((contract) => [contract.name, callsOf(contract, invoke, isIn)] as const)
  return Object.fromEntries(groups.filter(([, calls]) => Object.keys(calls).length > 0))
}

/** Our calls, a few of them at the top, beside those of the application's contracts, which are all under their contract's name. */
export function callTree(hosts: readonly Contract[], invoke: Invoke): object {
  const isTop = (key: string): boolean => (topCalls as readonly string[]).includes(key)
  return {
    ...callGroups(hosts, invoke),
    ...callGroups(contracts, invoke, (key) => !isTop(key)),
    ...Object.assign({}, ...contracts.map((contract) => callsOf(contract, invoke, isTop))),
  }
}

function callsOf(contract: Contract, invoke: Invoke, isIn: (key: string) => boolean): object {
  const keys = Object.keys(contract.endpoints).filter(isIn)
  return Object.fromEntries(keys.map((key) => [key, (input?: unknown) => invoke(contract, key, input)]))
}

/** Words of a client that no contract of an application may take: our groups, our calls, and what a client has besides. */
const takenWords: ReadonlySet<string> = new Set([
  ...[...contracts, ...panelContracts].map(({ name }) => name),
  ...topCalls,
  'state',
  'subscribe',
])

/** Why contracts cannot be used, and what to do about it. */
export interface ContractFault {
  readonly problem: string
  readonly remedy: string
}

/** What keeps an application's contracts from standing beside ours. Asked by the server at boot and by each client. */
export function faultOf(hosts: readonly Contract[]): ContractFault | undefined {
  const seen = new Set<string>()
  for (const { name, endpoints } of hosts) {
    if (!isWord(name)) return { problem: `the contract name "${name}" is not a word`, remedy: wordRemedy }
    if (takenWords.has(name)) {
      return { problem: `a contract of the application is called ${name}`, remedy: `Rename it: ${name} is a word of ours.` }
    }
    if (seen.has(name)) return { problem: `two contracts are called ${name}`, remedy: 'Give each contract a name of its own.' }
    seen.add(name)
    const odd = Object.keys(endpoints).find((key) => !isWord(key))
    if (odd !== undefined) return { problem: `the endpoint name "${odd}" of ${name} is not a word`, remedy: wordRemedy }
  }
  return undefined
}

const wordRemedy = 'Use letters and digits, starting with a small letter, such as "invoices".'

/** Whether a name can be a property of a client. An object with a `then` would pass for a promise. */
const isWord = (name: string): boolean => /^[a-z][A-Za-z0-9]*$/.test(name) && !['then', 'constructor'].includes(name)
