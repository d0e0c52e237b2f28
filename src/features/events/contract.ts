import { contract } from '../../kernel/contract/endpoint.ts'

/** The outbox has no endpoints of its own yet; its streams and webhooks are features that read it. */
export const eventsContract = contract('events', {})
