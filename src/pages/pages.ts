/**
 * Pages for people: rendered here, working without script, on the same calls as everybody else.
 *
 * Invariant: a form is taken from our own pages only (the call asserts it; the signed token of the page speaks for browsers that do not), and
 * what it answers is a redirect, so that reloading sends nothing twice. A page has no rights of its own: it calls endpoints with those of the
 * request.
 *
 * @module
 */
import type { AuthError } from '../kernel/contract/errors.ts'
import type { EndpointName } from '../kernel/http/local-calls.ts'
import type { ExtraRoute } from '../kernel/http/setup.ts'
import { accountRoutes } from './account/pages.ts'
import { accountStyle } from './account/style.ts'
import { restoreAccount } from './account.ts'
import { changeEmail, revertEmail } from './email.ts'
import type { Reader } from './layout.ts'
import { login, register, welcome } from './login.ts'
import { forgotPassword, replacePassword, resetPassword } from './password.ts'
import { type PagesOptions, routesOf } from './routes.ts'
import { style } from './style.ts'
import { themeOf } from './theme.ts'
import { resendVerification, verifyEmail } from './verification.ts'

/** Who reads, with what pages say of our rules. */
export interface PageReader extends Reader {
  readonly minLength: number
  /** By what people log in. */
  readonly identifiers: readonly ('email' | 'username' | 'phone')[]
  readonly canRegister: boolean
  /** Whether a forgotten password can be replaced: that takes mail. */
  readonly canRecover: boolean
  /** Where a login leads that was asked for nothing. */
  readonly afterLogin: string
  /** Whether people find their account at `/account`. */
  readonly hasAccount: boolean
  /** A wish where a login shall lead, as it may be followed. */
  accept(wish: string | undefined): string | undefined
}

/** Somebody who is logged in. */
export interface Visitor {
  /** What they log in by. */
  readonly name: string
}

/** What was sent, or stands in the address, and what became of it. */
export interface Sent {
  readonly form: ReadonlyMap<string, string>
  /** What the page's own form has to send back. */
  readonly csrfToken: string
  /** Who looks, on a page for users. */
  readonly visitor?: Visitor
  readonly error?: AuthError
}

/** One page with one form. It is there when what its form calls is. */
export interface Page {
  readonly path: `/${string}`
  /** What the form calls. */
  readonly endpoint: EndpointName
  /** Guests: whoever is logged in is sent on. Users: whoever is not is sent to log in. Without it the page is everybody's. */
  readonly for?: 'guests' | 'users'
  input(form: ReadonlyMap<string, string>): object
  show(reader: PageReader, sent: Sent): Promise<Response>
  /** Where a form leads that was taken; `undefined`, or without it: to `done`. */
  after?(reader: PageReader, form: ReadonlyMap<string, string>, value: unknown): string | undefined
  done(reader: PageReader): Promise<Response>
}

/** Every page. One line a page. */
export const allPages: readonly Page[] = [
  login,
  register,
  replacePassword,
  welcome,
  forgotPassword,
  resetPassword,
  changeEmail,
  revertEmail,
  restoreAccount,
  verifyEmail,
  resendVerification,
]

/** The routes of the pages there are, and of their style sheet. */
export function pages(options: PagesOptions): readonly ExtraRoute[] {
  const styled: ExtraRoute = {
    method: 'GET',
    path: '/pages.css',
    async handle(_request, ctx) {
      const { primaryColor } = await options.policy(ctx)
      const sheet = style + accountStyle + themeOf(primaryColor)
      return new Response(sheet, { headers: { 'content-type': 'text/css; charset=utf-8' } })
    },
  }
  const there = allPages.filter(({ endpoint }) => options.isMounted(endpoint))
  const account = options.hasAccount ? accountRoutes(options) : []
  return [styled, ...there.flatMap((page) => routesOf(page, options)), ...account]
}
