import { api } from '../../data/api.ts'

/** How the house does. */
export const systemQuery = { queryKey: ['system'], queryFn: () => api.system.get() }

export type System = Awaited<ReturnType<typeof api.system.get>>
