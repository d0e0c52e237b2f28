import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { kernelIssues, refusing } from '../../kernel/contract/issues.ts'
import { instant, pageQuery, text } from '../../kernel/contract/schema.ts'
import { isMailAddress, oneSpelling } from '../../kernel/contract/spelling.ts'
import { Job, JobState } from '../jobs/contract.ts'

export const E = defineErrors({
  mail_failed: { status: 502, title: 'No mail server took the mail', help: 'Look at the log, and at mail.transport.' },
  mail_text_rejected: {
    status: 400,
    title: 'The text cannot be used',
    help: 'Texts are ICU messages; each mail lists the values its texts may name.',
  },
})

const Language = z.enum(['en', 'it'])
const notAnAddress = refusing({ ...kernelIssues.invalid_format, message: 'is no address of mail', format: 'email' })
const Address = text(254).overwrite(oneSpelling).refine(isMailAddress, notAnAddress)
const TemplateName = z.string().regex(/^[a-z][a-z-]{1,40}$/)
const Texts = z.record(z.string().regex(/^[a-z]{1,20}$/), z.string().min(1).max(2_000))
const byTemplate = z.object({ id: TemplateName })

/** A value the texts of a mail may name. */
export const MailVariable = z.object({
  name: z.string(),
  kind: z.enum(['text', 'number', 'instant']),
  /** In the language of who asks. */
  meaning: z.string(),
  /** What previews and tests show. */
  sample: z.string(),
})

/** A mail with its texts by language: ours, and those that stand in their place. */
export const MailTemplate = z.object({
  id: z.string(),
  variables: z.array(MailVariable),
  translations: z.record(Language, z.object({ texts: Texts, override: Texts })),
  /** The application sends this mail by itself (`mail.send`): what is set here is not in it. */
  isSentElsewhere: z.boolean(),
})

/** A mail that is owed, or was given up. What it says is written when it goes out. */
export const QueuedMail = Job.omit({ kind: true }).extend({
  template: z.string(),
  /** Whom it is about: a user, or an address. */
  userId: z.string().nullable(),
  address: z.string().nullable(),
})

const changed = z.object({ template: z.string(), language: Language })

export const mailEvents = {
  'identity.mail-text.changed': event({ summary: 'An operator changed the texts of a mail', data: changed, audit: true }),
  'identity.mail.tested': event({ summary: 'An operator sent a test of a mail', data: changed, audit: true }),
  'identity.mail.failed': event({
    summary: 'A mail was given up: nobody took it, however often it was tried',
    data: z.object({ template: z.string() }),
    audit: false,
  }),
  'identity.address.released': event({
    summary: 'An operator let an address have mail again',
    data: z.object({}),
    audit: true,
  }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof mailEvents> {}
}

export const mailContract = contract('mail', {}, mailEvents)

export const mailAdminContract = contract('mail', {
  listTexts: endpoint({
    method: 'GET',
    path: '/admin/api/templates/mail',
    access: { operator: 'look' },
    summary: 'Every mail: what its texts may name, and its texts in every language',
    returns: z.object({ templates: z.array(MailTemplate) }),
  }),
  setTexts: endpoint({
    method: 'POST',
    path: '/admin/api/templates/mail',
    access: { operator: 'manage' },
    summary: 'Put texts in the place of ours, for each language that is named; none brings ours back',
    body: z.strictObject({
      id: TemplateName,
      translations: z.partialRecord(Language, Texts),
      /** node-auth's whole mails stand in a store of templates; here they are empty. */
      baseHtml: z.literal('').optional(),
      baseText: z.literal('').optional(),
    }),
    errors: [E.mail_text_rejected, kernelErrors.not_found],
  }),
  resetTexts: endpoint({
    method: 'DELETE',
    path: '/admin/api/templates/mail/:id',
    access: { operator: 'manage' },
    summary: 'Bring our texts back, in one language or in all',
    params: byTemplate,
    query: z.strictObject({ language: Language.optional() }),
    errors: [kernelErrors.not_found],
  }),
  preview: endpoint({
    method: 'POST',
    path: '/admin/api/templates/mail/preview',
    access: { operator: 'look' },
    summary: 'A mail as it would be sent with these texts, with samples for its values',
    body: z.strictObject({ id: TemplateName, language: Language, texts: Texts.optional() }),
    returns: z.object({ subject: z.string(), html: z.string(), text: z.string() }),
    errors: [E.mail_text_rejected, kernelErrors.not_found],
  }),
  sendTest: endpoint({
    method: 'POST',
    path: '/admin/api/mail/test',
    access: { operator: 'manage' },
    summary: 'Send a test, or a mail with samples for its values, now',
    body: z.strictObject({ to: Address, id: TemplateName.default('test'), language: Language.optional() }),
    errors: [E.mail_failed, kernelErrors.not_found],
  }),
  listQueue: endpoint({
    method: 'GET',
    path: '/admin/api/mail/queue',
    access: { operator: 'inspect' },
    summary: 'Mails that are owed, oldest first; with `state=dead` those that were given up',
    query: z.strictObject({ ...pageQuery(), state: JobState.optional() }),
    returns: z.object({ mails: z.array(QueuedMail), nextCursor: z.string().nullable() }),
  }),
  listSuppressed: endpoint({
    method: 'GET',
    path: '/admin/api/mail/suppressed',
    access: { operator: 'look' },
    summary: 'Addresses nothing is sent to',
    query: z.strictObject(pageQuery(100)),
    returns: z.object({
      addresses: z.array(z.object({ address: z.string(), reason: z.string(), since: instant() })),
      nextCursor: z.string().nullable(),
    }),
  }),
  release: endpoint({
    method: 'DELETE',
    path: '/admin/api/mail/suppressed/:address',
    access: { operator: 'help' },
    summary: 'Send to an address again',
    params: z.object({ address: text(254) }),
  }),
})
