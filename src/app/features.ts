import { account } from '../features/account/index.ts'
import { admin } from '../features/admin/index.ts'
import { audit } from '../features/audit/index.ts'
import { bulk } from '../features/bulk/index.ts'
import { email } from '../features/email/index.ts'
import { events } from '../features/events/index.ts'
import { impersonation } from '../features/impersonation/index.ts'
import { imports } from '../features/imports/index.ts'
import { jobs } from '../features/jobs/index.ts'
import { login } from '../features/login/index.ts'
import { mail } from '../features/mail/index.ts'
import { notices } from '../features/notices/index.ts'
import { pages } from '../features/pages/index.ts'
import { password } from '../features/password/index.ts'
import { pictures } from '../features/pictures/index.ts'
import { sessions } from '../features/sessions/index.ts'
import { settings } from '../features/settings/index.ts'
import { signing } from '../features/signing/index.ts'
import { system } from '../features/system/index.ts'
import { telemetry } from '../features/telemetry/index.ts'
import { texts } from '../features/texts/index.ts'
import { tickets } from '../features/tickets/index.ts'
import { users } from '../features/users/index.ts'

/** Spelt out: what the compiler would infer is too long for it to write down. Whatever is missing in one of the two does not compile. */
type Features = {
  readonly settings: typeof settings
  readonly texts: typeof texts
  readonly signing: typeof signing
  readonly jobs: typeof jobs
  readonly mail: typeof mail
  readonly events: typeof events
  readonly audit: typeof audit
  readonly users: typeof users
  readonly tickets: typeof tickets
  readonly sessions: typeof sessions
  readonly login: typeof login
  readonly password: typeof password
  readonly email: typeof email
  readonly notices: typeof notices
  readonly account: typeof account
  readonly telemetry: typeof telemetry
  readonly pages: typeof pages
  readonly pictures: typeof pictures
  readonly admin: typeof admin
  readonly system: typeof system
  readonly bulk: typeof bulk
  readonly imports: typeof imports
  readonly impersonation: typeof impersonation
}

/** Every feature of ours, each after those it needs. One line a feature. */
export const features: Features = {
  settings,
  texts,
  signing,
  jobs,
  mail,
  events,
  audit,
  users,
  tickets,
  sessions,
  login,
  password,
  email,
  notices,
  account,
  telemetry,
  pages,
  pictures,
  admin,
  system,
  bulk,
  imports,
  impersonation,
}

/** Those of them that are part of a house only when their option is given. */
export const optIn = [
  'mail',
  'email',
  'telemetry',
  'admin',
  'impersonation',
] as const satisfies readonly (keyof typeof features)[]
