import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { instant, text } from '../../kernel/contract/schema.ts'

export const E = defineErrors({
  mail_failed: { status: 502, title: 'No mail server took the mail', help: 'Look at the log, and at mail.transport.' },
  mail_text_rejected: {
    status: 400,
    title: 'The text cannot be used',
    help: 'Texts are ICU messages; each mail lists the values its texts may name.',
  },
})

const Language = z.enum(['en', 'it'])
const TemplateName = z.string().regex(/^[a-z][a-z-]{1,40}$/)
const Texts = z.record(z.string().regex(/^[a-z]{1,20}$/), z.string().min(1).max(2_000))

/** A mail in one language: our texts, and those that stand in their place. */
export const MailTemplate = z.object({
  template: z.string(),
  language: Language,
  variables: z.array(z.string()),
  texts: Texts,
  override: Texts,
})

export const mailContract = contract('mail', {})

export const mailAdminContract = contract('mail', {
  listTexts: endpoint({
    method: 'GET',
    path: '/admin/api/templates/mail',
    access: { operator: 'look' },
    summary: 'The texts of every mail, in every language',
    returns: z.object({ templates: z.array(MailTemplate) }),
  }),
  setTexts: endpoint({
    method: 'POST',
    path: '/admin/api/templates/mail',
    access: { operator: 'manage' },
    summary: 'Put texts in the place of ours; none brings ours back',
    body: z.strictObject({ template: TemplateName, language: Language, texts: Texts }),
    errors: [E.mail_text_rejected, kernelErrors.not_found],
  }),
  sendTest: endpoint({
    method: 'POST',
    path: '/admin/api/mail/test',
    access: { operator: 'manage' },
    summary: 'Send a test, now',
    body: z.strictObject({ to: z.email().max(254), language: Language.optional() }),
    errors: [E.mail_failed],
  }),
  listSuppressed: endpoint({
    method: 'GET',
    path: '/admin/api/mail/suppressed',
    access: { operator: 'look' },
    summary: 'Addresses nothing is sent to',
    returns: z.object({ addresses: z.array(z.object({ address: z.string(), reason: z.string(), since: instant() })) }),
  }),
  release: endpoint({
    method: 'DELETE',
    path: '/admin/api/mail/suppressed/:address',
    access: { operator: 'help' },
    summary: 'Send to an address again',
    params: z.object({ address: text(254) }),
  }),
})
