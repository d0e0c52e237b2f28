/**
 * What the HTTP core is told: routes, origins, proxies, limits, and the ports it asks.
 *
 * @module
 */
import type { Ambient } from '../ambient/ambient.ts'
import { BootError } from '../config/boot-error.ts'
import type { LimitClass, LimitRow } from '../contract/limits.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import type { Ctx } from '../ctx.ts'
import type { AccessPort } from './access.ts'
import type { LimitStore } from './limits.ts'
import type { CsrfProof } from './origin.ts'
import type { Route } from './pipeline.ts'
import type { Mounted } from './router.ts'

/** A route that is no contract's: documents, health. Its answer is sealed like every other. */
export interface ExtraRoute {
  readonly method: 'GET' | 'POST'
  /** Under the base path, unless `root` says otherwise. */
  readonly path: `/${string}`
  /** Also mounted outside the base path; `'only'`: nowhere else. */
  readonly root?: boolean | 'only'
  handle(request: Request, ctx: Ctx): Response | Promise<Response>
}

/** What the core is made of. */
export interface HttpSetup {
  readonly routes: readonly Route[]
  readonly extra?: readonly ExtraRoute[]
  /** As {@link basePathOf} makes it. */
  readonly basePath: string
  /** Everything stands below its path, see {@link sitePathOf}. */
  readonly baseUrl: string
  /** Origins besides the base URL's that may send credentials and read answers. */
  readonly origins: readonly string[]
  /** `'origin'` unless it says otherwise. */
  readonly csrf?: CsrfProof
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed. */
  readonly trustProxy: readonly string[]
  /** Rows that replace those of the table; `false` switches every limit off. */
  readonly limits: Partial<Record<LimitClass, LimitRow>> | false
  readonly limitStore: LimitStore
  /** For how many milliseconds one request may begin statements. */
  readonly deadline: number
  readonly keys: KeyRing
  readonly ambient: Ambient
  /** Tests and development: an undeclared error is a bug. */
  readonly strict: boolean
  readonly access: AccessPort
}

/** Takes trailing slashes off; the root is `''`. Options pass through here once, and from then on every base path is like this. */
export const basePathOf = (path: string): string => path.replace(/\/+$/, '')

/**
 * The path below which people reach all of ours, the root's routes too: that of the base URL. The root is `''`.
 *
 * @throws BootError for a path that could be read in two ways
 */
export function sitePathOf(baseUrl: string): string {
  const path = basePathOf(new URL(baseUrl).pathname)
  if (/^(?:\/[\w.~-]+)*$/.test(path)) return path
  throw new BootError(`baseUrl: its path "${path}" is not made of plain words`, "Use one such as 'https://app.example.com/id'.")
}

/** Where something stands as people reach it. */
export const siteUrl = (baseUrl: string, path: string): URL => new URL(sitePathOf(baseUrl) + path, baseUrl)

/** Every route and extra route with the paths it is reached by. */
export function mount(setup: Pick<HttpSetup, 'routes' | 'extra' | 'basePath' | 'baseUrl'>): Mounted<Route | ExtraRoute>[] {
  const site = sitePathOf(setup.baseUrl)
  const base = site + setup.basePath
  const pathsOf = ({ path, root = false }: { path: string; root?: boolean | 'only' }) => {
    if (root === 'only') return [site + path]
    return root && base !== site ? [base + path, site + path] : [base + path]
  }
  return [
    ...setup.routes.flatMap((target) =>
      pathsOf(target.endpoint).map((path) => ({ method: target.endpoint.method, path, target })),
    ),
    ...(setup.extra ?? []).flatMap((target) => pathsOf(target).map((path) => ({ method: target.method, path, target }))),
  ]
}

/**
 * The origin of a URL option.
 *
 * @throws BootError when it is not an http(s) URL
 */
export function originOf(url: string, option: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 'https:' || parsed?.protocol === 'http:') return parsed.origin
  throw new BootError(
    `${option}: "${url}" is not an http or https URL`,
    `Set ${option} to something like 'https://app.example.com'.`,
  )
}

/**
 * The origin people reach us at. Plain http is for one's own machine: on a wire its cookies could be read and planted by anybody
 * (OWASP ASVS 5.0 V12.2.1, V3.3.1).
 *
 * @throws BootError for plain http on a host that is not loopback
 */
export function ownOriginOf(baseUrl: string): string {
  const origin = originOf(baseUrl, 'baseUrl')
  const { protocol, hostname } = new URL(origin)
  if (protocol === 'https:' || isLoopback(hostname)) return origin
  throw new BootError(
    'baseUrl is plain http on a host others can reach',
    'Set baseUrl to the https address people use; a proxy in front may end TLS.',
  )
}

const isLoopback = (host: string): boolean => /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(host)
