import { api } from './api.ts'

/** What holds when an operator sees what a user sees, and what this one sees now. */
export const impersonationQuery = { queryKey: ['impersonation'], queryFn: () => api.impersonation.terms() }
