/**
 * What there is for people besides the API: pages, and in development the box of mails.
 *
 * @module
 */
import type { z } from 'zod'
import type { account } from '../features/account/index.ts'
import type { ServiceOf } from '../features/feature.ts'
import type { mail } from '../features/mail/index.ts'
import type { pages as pagesFeature } from '../features/pages/index.ts'
import type { password } from '../features/password/index.ts'
import type { texts } from '../features/texts/index.ts'
import type { users } from '../features/users/index.ts'
import { BootError } from '../kernel/config/boot-error.ts'
import type { Ctx } from '../kernel/ctx.ts'
import type { HttpCore } from '../kernel/http/core.ts'
import type { Route } from '../kernel/http/pipeline.ts'
import { type ExtraRoute, sitePathOf } from '../kernel/http/setup.ts'
import { devInbox } from '../pages/dev-inbox.ts'
import { pages } from '../pages/pages.ts'
import { isOfPanel } from './documents.ts'
import type { optionsSchema } from './options.ts'
import { panel, panelPath } from './panel.ts'
import type { Wired } from './wire.ts'

interface PageRoutesOptions {
  readonly options: z.output<typeof optionsSchema>
  readonly house: Wired
  /** The operators' endpoints; none where there is no panel. */
  readonly operators: readonly Route[]
  /** Nobody but its developer uses this house. */
  readonly isTrial: boolean
  core(): HttpCore
}

/**
 * The routes of all pages.
 *
 * @throws BootError when a mail would lead to a page that is switched off
 */
export function pageRoutes({ options, house, operators, isTrial, core }: PageRoutesOptions): readonly ExtraRoute[] {
  const { baseUrl, links } = options
  const { origins } = options.http
  const sitePath = sitePathOf(baseUrl)
  const basePath = sitePath + options.http.basePath
  const sending = house.service('mail') as ServiceOf<typeof mail> | undefined
  const app = sending?.app ?? new URL(baseUrl).hostname
  const inbox = isTrial ? sending?.inbox : undefined
  const reader = { app, sitePath, basePath, leadsTo: [] }
  const boxed = inbox ? devInbox({ ...reader, baseUrl, mails: inbox.messages }) : []
  const passwords = house.service('password') as ServiceOf<typeof password>
  const routes = [...house.routes.filter(isOfPanel), ...operators]
  const minLength = async (ctx: Ctx) => (await passwords.policy(ctx)).minLength
  const site = house.service('pages') as ServiceOf<typeof pagesFeature>
  // Whether or not it can be read, operators find their door.
  const face = (ctx: Ctx) => site.policy(ctx).catch(() => noFace)
  const panelled = operators.length > 0 ? panel({ app, baseUrl, minLength, face, routes, core }) : []
  const mounted = new Set(house.routes.map(({ contract, key }) => `${contract}.${key}`))
  if (!options.pages) {
    const dead = mailedPages.find(([endpoint, link]) => mounted.has(endpoint) && links[link] === undefined)
    if (dead)
      throw new BootError(
        'mails lead to a page that is switched off',
        `Name a page of yours in links.${dead[1]}, or leave pages on.`,
      )
    return [...boxed, ...panelled]
  }
  const people = house.service('users') as ServiceOf<typeof users>
  const accounts = house.service('account') as ServiceOf<typeof account>
  const words = house.service('texts') as ServiceOf<typeof texts>
  const language = async (ctx: Ctx) => (sending ? await sending.policy(ctx) : { language: 'en' as const })
  const own = pages({
    app,
    baseUrl,
    sitePath,
    basePath,
    origins,
    afterLogin: links.afterLogin,
    hasAccount: site.hasAccount,
    panelPath,
    graceMs: accounts.graceMs,
    policy: async (ctx) => ({
      ...(await language(ctx)),
      ...(await passwords.policy(ctx)),
      ...(await people.policy(ctx)),
      ...(await site.policy(ctx)),
    }),
    textsIn: words.textsIn,
    identifiers: people.kinds,
    isMounted: ({ contract, key }) => mounted.has(`${contract}.${key}`),
    core,
  })
  return [...own, ...boxed, ...panelled]
}

const noFace = { siteName: '', primaryColor: '', logoUrl: '' }

/** Pages that mails lead to, by the endpoint without which there is no such mail. */
const mailedPages = [
  ['password.reset', 'resetPassword'],
  ['email.verify', 'verifyEmail'],
  ['email.resend', 'forgotPassword'],
  ['email.confirmChange', 'changeEmail'],
  ['email.revertChange', 'revertEmail'],
  ['account.restore', 'restoreAccount'],
] as const
