import { contract } from '../../kernel/contract/endpoint.ts'

/** Tickets have no endpoints: each is spent by the feature that issued it. */
export const ticketsContract = contract('tickets', {})
