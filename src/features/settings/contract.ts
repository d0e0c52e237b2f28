import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { IssueReason } from '../../kernel/contract/issues.ts'

export const E = defineErrors({
  setting_fixed: { status: 409, title: 'The setting is fixed by an option', help: 'Take fixed() away from the option first.' },
})

/** A switch as operators see it. */
export const Setting = z.object({
  /** `feature.key`. */
  name: z.string(),
  /** Its key in words. */
  label: z.string(),
  summary: z.string(),
  /** Which field of a form it takes; `json` where no other does. */
  type: z.enum(['boolean', 'number', 'text', 'choice', 'duration', 'json']),
  /** What can be chosen, and what a `duration` takes besides one. */
  choices: z.array(z.json()),
  /** What holds, written as in options. */
  value: z.json(),
  /** Who says so: an operator (`setting`), the options, fixed or not, or nobody (`default`). */
  source: z.enum(['setting', 'option', 'fixed', 'default']),
  /** What holds once it is reset. */
  fallback: z.json(),
  /** What holds where nobody says anything. */
  default: z.json(),
  isFixed: z.boolean(),
  /** Which values it takes, as JSON Schema. */
  schema: z.record(z.string(), z.json()),
  /** Why nothing can be done with what is set; until it is set again, whatever asks for it is refused. */
  problem: IssueReason.nullable(),
})

export const settingsEvents = {
  'identity.setting.changed': event({
    summary: 'An operator set or reset a setting',
    data: z.object({ name: z.string() }),
    audit: true,
  }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof settingsEvents> {}
}

export const settingsContract = contract('settings', {}, settingsEvents)

const AllSettings = z.object({ settings: z.array(Setting) })

export const settingsAdminContract = contract('settings', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/settings',
    access: { operator: 'inspect' },
    summary: 'Every setting, with what holds and why',
    returns: AllSettings,
  }),
  set: endpoint({
    method: 'PATCH',
    path: '/admin/api/settings',
    access: { operator: 'manage' },
    summary: 'Set some settings by name, all or none; null goes back to the option',
    body: z.strictObject({ settings: z.record(z.string().max(64), z.json()) }),
    returns: AllSettings,
    errors: [E.setting_fixed],
  }),
})
