import { z } from 'zod'
import { contract } from '../../kernel/contract/endpoint.ts'
import { defineErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'

export const E = defineErrors({
  ticket_rejected: {
    status: 400,
    title: 'The link or code does not work any more',
    detail: 'It has been used, has run out, or a newer change made it void.',
    help: 'Ask for a new one.',
  },
})

export const ticketsEvents = {
  'identity.code.rejected': event({
    summary: 'A code was wrong, or not good any more',
    data: z.object({ purpose: z.string() }),
    audit: true,
  }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof ticketsEvents> {}
}

/** Tickets have no endpoints: each is spent by the feature that issued it. */
export const ticketsContract = contract('tickets', {}, ticketsEvents)
