import { useSuspenseQuery } from '@tanstack/react-query'
import { api } from './api.ts'

/** What a screen or an action may ask of an operator's role. */
export type Right = 'look' | 'help' | 'inspect' | 'manage' | 'own'

export const pingQuery = { queryKey: ['ping'], queryFn: () => api.admin.ping(), staleTime: Number.POSITIVE_INFINITY }

/** Who works here, what they may do, and what there is. */
export function useOperator() {
  const { data } = useSuspenseQuery(pingQuery)
  return {
    ...data.operator,
    version: data.version,
    features: data.features,
    may: (right: Right): boolean => data.operator.rights.includes(right),
    /** A feature the server does not name is always on. */
    has: (feature: string | undefined): boolean => feature === undefined || data.features[feature] !== false,
  }
}
