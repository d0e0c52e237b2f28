/**
 * From a method and a path to what answers there, on Hono's routers.
 *
 * A static segment wins over a parameter, whatever the order of declaration; a known path with another method is told apart from an unknown one.
 *
 * @module
 */
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'

/** Something mounted at a method and a path. */
export interface Mounted<T> {
  readonly method: string
  readonly path: string
  readonly target: T
}

/** What a look-up came to. */
export type Found<T> =
  | { readonly kind: 'target'; readonly target: T; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'other-method'; readonly allow: readonly string[] }
  | { readonly kind: 'unknown' }

/** Looks paths up. */
export interface Router<T> {
  find(method: string, pathname: string): Found<T>
  /** Whether anything is mounted at a path. */
  has(pathname: string): boolean
}

type ByMethod<T> = Map<string, T>

/** Builds a router. `HEAD` is answered wherever `GET` is. */
export function createRouter<T>(mounted: readonly Mounted<T>[]): Router<T> {
  const byPath = new Map<string, ByMethod<T>>()
  for (const { method, path, target } of mounted) byPath.set(path, (byPath.get(path) ?? new Map()).set(method, target))
  const router = new SmartRouter<ByMethod<T>>({ routers: [new RegExpRouter(), new TrieRouter()] })
  for (const [path, targets] of [...byPath].sort(([a], [b]) => bySpecificity(a, b))) router.add('ALL', path, targets)
  const matches = (pathname: string) => {
    const [handlers, stash] = router.match('ALL', pathname)
    return handlers.map(([targets, indexes]) => ({ targets, params: paramsOf(indexes, stash) }))
  }

  /** The methods of a path; none for an unknown one. */
  function methodsOf(pathname: string): string[] {
    const methods = new Set(matches(pathname).flatMap(({ targets }) => [...targets.keys()]))
    return [...methods]
      .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
      .concat(methods.size > 0 ? ['OPTIONS'] : [])
  }

  return {
    has: (pathname) => router.match('ALL', pathname)[0].length > 0,
    find(method, pathname) {
      const wanted = method === 'HEAD' ? 'GET' : method
      for (const { targets, params } of matches(pathname)) {
        const target = targets.get(wanted)
        if (target !== undefined) return { kind: 'target', target, params }
      }
      const allow = methodsOf(pathname)
      return allow.length > 0 ? { kind: 'other-method', allow } : { kind: 'unknown' }
    },
  }
}

/** Hono answers parameters by value, or as indexes into a stash, depending on which of its routers took the path. */
function paramsOf(
  found: Readonly<Record<string, string | number>>,
  stash: readonly string[] | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, decode(typeof value === 'number' ? (stash?.[value] ?? '') : value)]),
  )
}

/** A malformed escape stands for itself; the schema of the parameter judges it. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Sorts `/a/b` before `/a/:id`, and that before `/a/*`, so that the first match is the most specific one. */
function bySpecificity(a: string, b: string): number {
  const weight = (path: string) => path.replaceAll(/:[^/]+/g, '\ufffe').replace(/\*$/, '\uffff')
  return weight(a) < weight(b) ? -1 : 1
}
