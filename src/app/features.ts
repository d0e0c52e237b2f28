import { account } from '../features/account/index.ts'
import { admin } from '../features/admin/index.ts'
import { audit } from '../features/audit/index.ts'
import { email } from '../features/email/index.ts'
import { events } from '../features/events/index.ts'
import type { AnyFeature } from '../features/feature.ts'
import { jobs } from '../features/jobs/index.ts'
import { login } from '../features/login/index.ts'
import { mail } from '../features/mail/index.ts'
import { notices } from '../features/notices/index.ts'
import { pages } from '../features/pages/index.ts'
import { password } from '../features/password/index.ts'
import { sessions } from '../features/sessions/index.ts'
import { settings } from '../features/settings/index.ts'
import { signing } from '../features/signing/index.ts'
import { system } from '../features/system/index.ts'
import { telemetry } from '../features/telemetry/index.ts'
import { texts } from '../features/texts/index.ts'
import { tickets } from '../features/tickets/index.ts'
import { users } from '../features/users/index.ts'

/** Every feature of ours, each after those it needs. One line a feature. */
export const features = {
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
  admin,
  system,
} as const satisfies Record<string, AnyFeature>

/** Those of them that are part of a house only when their option is given. */
export const optIn = ['mail', 'email', 'telemetry', 'admin'] as const satisfies readonly (keyof typeof features)[]
