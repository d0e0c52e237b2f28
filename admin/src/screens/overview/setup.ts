/**
 * What is owed before people come: derived from what the house answers, never from what somebody ticked.
 *
 * @module
 */
import { useQuery } from '@tanstack/react-query'
import { operatorRoles } from '../../../../src/client.ts'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { systemQuery } from '../system/system-query.ts'
import { userQuery } from '../users/user-query.ts'
import type { OverviewTexts } from './texts.ts'

export interface Step {
  readonly id: keyof OverviewTexts['steps']
  readonly isDone: boolean
  /** The screen where it is done. */
  readonly place: string
  readonly search?: Readonly<Record<string, string>>
}

/** Whether the log has an entry. */
async function hasHappened(query: { action: string; userId?: string; actor?: string }): Promise<boolean> {
  return (await api.audit.list({ ...query, limit: 1 })).entries.length > 0
}

/** Whoever made their account themselves chose its password; others have to change it. */
const hasChosen = async (userId: string): Promise<boolean> =>
  (await hasHappened({ action: 'identity.user.created', userId, actor: userId })) ||
  (await hasHappened({ action: 'identity.user.password.changed', userId }))

const howMany = async (query: { role?: string }): Promise<number> =>
  (await api.users.list({ ...query, limit: 1 })).total?.count ?? 0

/** What the list asks of the house besides its health. */
const askedQuery = (operatorId: string | null) => ({
  queryKey: ['audit', 'setup', operatorId],
  async queryFn() {
    const [all, owners, ...others] = await Promise.all([howMany({}), ...operatorRoles.map((role) => howMany({ role }))])
    const [wasTested, wasSet, isOwnPassword] = await Promise.all([
      hasHappened({ action: 'identity.mail.tested' }),
      hasHappened({ action: 'identity.setting.changed' }),
      operatorId === null || hasChosen(operatorId),
    ])
    const staff = (owners ?? 0) + others.reduce((sum, count) => sum + count, 0)
    return { people: (all ?? 0) - Math.max(staff, 1), owners: owners ?? 0, wasTested, wasSet, isOwnPassword }
  },
})

/** The steps, once all is known; nothing for operators who could do none of them. */
export function useSetup(sawSettings: boolean): readonly Step[] | undefined {
  const { id, may, has } = useOperator()
  const mayAsk = may('manage') && may('inspect')
  const system = useQuery({ ...systemQuery, enabled: mayAsk })
  const asked = useQuery({ ...askedQuery(id), enabled: mayAsk })
  const me = useQuery({ ...userQuery(id ?? ''), enabled: mayAsk && id !== null })
  if (!system.data || !asked.data || (id !== null && !me.data)) return undefined
  const { people, owners, wasTested, wasSet, isOwnPassword } = asked.data
  const { checks } = system.data
  const providers = checks.find(({ name }) => name === 'mail')?.figures.providers
  return [
    { id: 'https', isDone: location.protocol === 'https:', place: '/system' },
    { id: 'health', isDone: checks.every(({ level }) => level !== 'fault'), place: '/system' },
    { id: 'provider', isDone: has('mail') && providers !== 0, place: has('mail') ? '/templates/mail' : '/system' },
    ...(has('mail') ? [{ id: 'test', isDone: wasTested, place: '/templates/mail' } as const] : []),
    // Where the first user is the only operator there can be, their own password is what keeps the house.
    me.data?.role === 'owner'
      ? { id: 'owner', isDone: owners > 1, place: '/users', search: { role: 'owner' } }
      : { id: 'password', isDone: isOwnPassword, place: `/users/${id}` },
    { id: 'settings', isDone: wasSet || sawSettings, place: '/settings' },
    { id: 'people', isDone: people > 0, place: '/users' },
  ]
}
