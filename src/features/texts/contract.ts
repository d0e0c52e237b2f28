import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'

export const E = defineErrors({
  page_text_rejected: {
    status: 400,
    title: 'The text cannot be used',
    help: 'Texts are ICU messages; each page lists the values its texts may name.',
  },
})

const Language = z.enum(['en', 'it'])
const PageName = z.string().regex(/^[a-z][a-z-]{1,40}$/)
/** A word, or the name of an event. */
const Key = z.string().regex(/^[A-Za-z_][A-Za-z_.-]{0,79}$/)
const Texts = z.record(Key, z.string())

/** A page with its texts by language: ours, and those that stand in their place. */
export const PageTexts = z.object({
  page: z.string(),
  /** By key, what its text may name; a key whose text names nothing is left out. */
  variables: z.record(Key, z.array(z.string())),
  translations: z.record(Language, z.object({ texts: Texts, override: Texts })),
})

export const textsEvents = {
  'identity.page-text.changed': event({
    summary: 'An operator changed texts of a page',
    data: z.object({ page: z.string(), language: Language }),
    audit: true,
  }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof textsEvents> {}
}

export const textsContract = contract('texts', {}, textsEvents)

export const textsAdminContract = contract('texts', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/templates/ui',
    access: { operator: 'look' },
    summary: 'The texts of every page, in every language',
    returns: z.object({ pages: z.array(PageTexts) }),
  }),
  set: endpoint({
    method: 'POST',
    path: '/admin/api/templates/ui',
    access: { operator: 'manage' },
    summary: 'Put texts in the place of ours, by language and key; null brings ours back',
    body: z.strictObject({
      page: PageName,
      translations: z.partialRecord(Language, z.record(Key, z.string().min(1).max(2_000).nullable())),
    }),
    returns: PageTexts,
    errors: [E.page_text_rejected, kernelErrors.not_found],
  }),
})
