import { api } from '../../data/api.ts'

/** One user with all their names. */
export const userQuery = (id: string) => ({ queryKey: ['users', 'one', id], queryFn: () => api.users.get({ id }) })

export type UserDetail = Awaited<ReturnType<typeof api.users.get>>
