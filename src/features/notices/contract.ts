import { contract } from '../../kernel/contract/endpoint.ts'

/** Notices have no endpoints: they are owed by what happens. */
export const noticesContract = contract('notices', {})
