/**
 * The routes of node-auth's router, each beside the endpoint of ours that answers it: what goes in, what comes out.
 *
 * @module
 */

type Sent = Readonly<Record<string, unknown>>
type Value = Readonly<Record<string, unknown>>

import { type Links, mailPages } from './mailing.ts'

/** One row. Paths are under the mount of the router, and under our base path. */
export interface FaceRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  /** Where we have it, when not under the same path. */
  readonly at?: string
  /** What of the body is ours to read. */
  body?(sent: Sent): Sent
  /** Whether the answer says whose it is. */
  readonly namesCaller?: true
  /** Whether it is about the address of the caller, where none was sent. */
  readonly ofCaller?: true
  /** Whether people look at it: forms come in and documents go out, as they are. */
  readonly isPage?: true
  /** Node-auth's answer for ours, which is empty where there is none. */
  answer(value: Value, userId: string | undefined): object
}

/** A row that can be looked up. */
export interface Row extends FaceRoute {
  readonly pattern: RegExp
}

/** Where the endpoints are that only this face has. */
export const own = { register: '/node-auth/register', me: '/node-auth/me' } as const

const done = () => ({ success: true })
const refreshToken = ({ refreshToken }: Sent) => ({ refreshToken })

/** Tokens are in the answer with `X-Auth-Strategy: bearer`, else in cookies. */
const loggedIn = ({ status, accessToken, refreshToken, loginToken, methods }: Value) => {
  if (status !== 'factor_required') return { success: true, accessToken, refreshToken }
  // Of an operator's reset, which node-auth has no word for.
  if ((methods as string[]).includes('password_change')) return { requiresPasswordChange: true, tempToken: loginToken }
  return { requiresTwoFactor: true, tempToken: loginToken, available2faMethods: methods }
}

const routes: readonly FaceRoute[] = [
  { method: 'POST', path: '/login', body: ({ email, password }) => ({ email, password }), answer: loggedIn },
  {
    method: 'POST',
    path: '/login/password',
    body: ({ tempToken, newPassword }) => ({ loginToken: tempToken, newPassword }),
    answer: loggedIn,
  },
  { method: 'POST', path: '/refresh', body: refreshToken, answer: loggedIn },
  { method: 'POST', path: '/logout', body: refreshToken, answer: done },
  { method: 'GET', path: '/me', at: own.me, answer: (claims) => claims },
  {
    method: 'POST',
    path: '/change-password',
    at: '/password/change',
    body: ({ currentPassword, newPassword }) => ({ currentPassword, newPassword }),
    answer: done,
  },
  {
    method: 'GET',
    path: '/sessions',
    namesCaller: true,
    answer: ({ sessions }, userId) => ({ sessions: (sessions as Value[]).map((session) => ({ ...session, userId })) }),
  },
  { method: 'DELETE', path: '/sessions/:sessionHandle', answer: done },
  { method: 'GET', path: '/ui/assets/uploads/:filename', isPage: true, answer: (picture) => picture },
]

const register: FaceRoute = { method: 'POST', path: '/register', at: own.register, body: (sent) => sent, answer: (made) => made }

const cleanup: FaceRoute = {
  method: 'POST',
  path: '/sessions/cleanup',
  answer: ({ removed }) => ({ success: true, deleted: removed }),
}

const byToken = ({ token }: Sent) => ({ token })

const reset: readonly FaceRoute[] = [
  { method: 'POST', path: '/forgot-password', at: '/password/forgot', body: ({ email }) => ({ email }), answer: done },
  {
    method: 'POST',
    path: '/reset-password',
    at: '/password/reset',
    body: ({ token, password }) => ({ token, newPassword: password }),
    answer: done,
  },
  ...pagesAt('/password/reset', '/password/forgot'),
]

const verification: readonly FaceRoute[] = [
  {
    method: 'POST',
    path: '/send-verification-email',
    at: '/verify/resend',
    ofCaller: true,
    body: ({ email }) => ({ email }),
    answer: done,
  },
  {
    method: 'POST',
    path: '/verify-email',
    at: '/verify',
    body: ({ token, email, code, password }) => ({ ...(code === undefined ? { token } : { email, code }), password }),
    answer: done,
  },
  ...pagesAt('/verify', '/verify/resend'),
]

const change: readonly FaceRoute[] = [
  {
    method: 'POST',
    path: '/change-email/request',
    at: '/email/change',
    body: ({ newEmail, currentPassword }) => ({ newEmail, currentPassword }),
    answer: done,
  },
  {
    method: 'POST',
    path: '/change-email/confirm',
    at: '/email/change/confirm',
    body: ({ token, password }) => ({ token, password }),
    answer: done,
  },
  { method: 'POST', path: '/change-email/revert', at: '/email/change/revert', body: byToken, answer: done },
  ...pagesAt('/email/change/confirm', '/email/change/revert'),
]

const deletion: FaceRoute = {
  method: 'DELETE',
  path: '/account',
  body: ({ currentPassword }) => ({ currentPassword }),
  // A store that is away keeps its row for now: nobody is told that it is gone.
  answer: ({ status, deleteAt }) => (status === 'deleted' ? { success: true } : { success: false, deleteAt }),
}

/** A page of ours with its form. */
function pagesAt(...paths: readonly string[]): FaceRoute[] {
  return paths.flatMap((path) => [pageRow('GET', path), pageRow('POST', `${path}/form`), pageRow('GET', `${path}/form`)])
}

function pageRow(method: 'GET' | 'POST', path: string, at = path): FaceRoute {
  return { method, path, at, isPage: true, answer: (value) => value }
}

/** Which page of ours stands where a mail leads, and what has to be there for it. */
const mailed = [
  { link: 'resetPassword', at: '/password/reset', needs: 'reset' },
  { link: 'verifyEmail', at: '/verify', needs: 'verification' },
  { link: 'changeEmail', at: '/email/change/confirm', needs: 'change' },
  { link: 'revertEmail', at: '/email/change/revert', needs: 'change' },
] as const

/** What there is besides a login. */
export interface Has {
  readonly register: boolean
  readonly cleanup: boolean
  readonly reset: boolean
  readonly verification: boolean
  readonly change: boolean
  readonly deletion: boolean
  /** Pages of the application: ours do not stand in their way. */
  readonly links: Links
}

/** The rows of one router. */
export function routesOf(has: Has): readonly Row[] {
  const pages = mailed.filter(({ link, needs }) => has[needs] && has.links[link] === undefined)
  const there = [
    ...routes,
    ...(has.register ? [register] : []),
    ...(has.cleanup ? [cleanup] : []),
    ...(has.reset ? reset : []),
    ...(has.verification ? verification : []),
    ...(has.change ? change : []),
    ...(has.deletion ? [deletion] : []),
    ...pages.map(({ link, at }) => pageRow('GET', mailPages[link], at)),
    ...(has.reset || has.verification || has.change ? [pageRow('GET', '/pages.css')] : []),
  ]
  return there.map((route) => ({ ...route, pattern: new RegExp(`^${route.path.replace(/:\w+/, '[^/]+')}/?$`) }))
}

/** A row, and the path of ours it leads to. */
export interface Found {
  readonly route: FaceRoute
  readonly path: string
}

/** Whether a row answers a method: `HEAD` wherever `GET` is, and `OPTIONS`, by which a browser asks what it may send. */
const takes = (row: Row, method: string): boolean => ['OPTIONS', row.method, row.method === 'GET' && 'HEAD'].includes(method)

/** Finds the row of a request. Other methods of a known path are somebody else's. */
export function findRoute(rows: readonly Row[], method: string, pathname: string): Found | undefined {
  const route = rows.find((row) => takes(row, method) && row.pattern.test(pathname))
  return route && { route, path: route.at ?? pathname.replace(/\/$/, '') }
}
