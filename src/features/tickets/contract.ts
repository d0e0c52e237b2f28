import { contract } from '../../kernel/contract/endpoint.ts'
import { defineErrors } from '../../kernel/contract/errors.ts'

export const E = defineErrors({
  ticket_rejected: {
    status: 400,
    title: 'The link or code does not work any more',
    detail: 'It has been used, has run out, or a newer change made it void.',
    help: 'Ask for a new one.',
  },
})

/** Tickets have no endpoints: each is spent by the feature that issued it. */
export const ticketsContract = contract('tickets', {})
