/**
 * The look of our pages: a name, a colour and a picture of the application, which operators change while the house runs.
 *
 * Invariant: what is set here cannot become markup, style or an address elsewhere. A colour is six digits, a picture a plain path of our own
 * origin; whether text stays readable on the colour the sheet decides.
 * Not here: the pages. They are in `src/pages/`, and ask for this as for everything.
 *
 * @module
 */
import { z } from 'zod'
import { text } from '../../kernel/contract/schema.ts'
import { declareFeature } from '../feature.ts'
import { optionsOf, setting, settings } from '../settings/index.ts'
import { pagesContract } from './contract.ts'

/** Each of them is a line of text, and nothing is set by an empty one. */
const switches = {
  siteName: setting({
    schema: text(60, 0).describe('a line of at most 60 characters'),
    default: '',
    summary: 'What pages call the application; empty: as mails do',
  }),
  primaryColor: setting({
    schema: z
      .string()
      .regex(/^(?:#[\da-f]{6})?$/i, { error: 'is not a colour like #2546d0' })
      .describe('a colour like `#2546d0`'),
    default: '',
    summary: 'The colour of buttons and links; made darker or lighter where text on it could not be read',
  }),
  logoUrl: setting({
    schema: z
      .string()
      .max(200)
      // No escape, dot segment, query or host: what browsers, proxies and routers could read differently.
      .regex(/^(?:\/[\w~-][\w.~-]*)*$/, { error: 'is not a plain path of this origin, like /logo.svg' })
      .describe('a path of the same origin like `/logo.svg`'),
    default: '',
    summary: 'The picture beside the name on pages; empty: the first letter of the name',
  }),
}

export const pages = declareFeature({
  name: 'pages',
  needs: { settings },
  options: z
    .strictObject({
      ...optionsOf(switches),
      account: z.boolean().default(true),
    })
    .prefault({}),
  contract: pagesContract,
  create: ({ needs, options }) => ({
    policy: needs.settings.policyOf('pages', switches, options),
    hasAccount: options.account,
  }),
  handlers: () => ({}),
})
