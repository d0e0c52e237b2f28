/**
 * What stands on the page of a user, in order. One line a tab; its component is given the user.
 *
 * @module
 */
import type { FunctionComponent } from 'react'
import type { Right } from '../../data/operator.tsx'
import type { Texts } from '../../messages/language.ts'
import type { UserDetail } from './user-query.ts'

export interface UserTab {
  readonly id: string
  readonly label: Texts<string>
  readonly right: Right
  readonly feature?: string
  readonly load: () => Promise<{ default: FunctionComponent<{ user: UserDetail }> }>
}

// biome-ignore format: one line a tab
export const tabs: readonly UserTab[] = [
  { id: 'profile', label: { en: 'Profile', it: 'Profilo' }, right: 'look', load: () => import('./profile.tsx') },
  { id: 'devices', label: { en: 'Devices', it: 'Dispositivi' }, right: 'look', load: () => import('../sessions/of-user.tsx') },
  { id: 'password', label: { en: 'Password', it: 'Password' }, right: 'look', load: () => import('./password.tsx') },
  { id: 'activity', label: { en: 'Activity', it: 'Attività' }, right: 'inspect', load: () => import('../audit/of-user.tsx') },
  { id: 'metadata', label: { en: 'Metadata', it: 'Metadati' }, right: 'look', load: () => import('./metadata.tsx') },
]
