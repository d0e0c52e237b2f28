/**
 * The documents about the API: OpenAPI, and Swagger UI from files of ours. Nothing is loaded from another host.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { openApiOf } from '../kernel/http/openapi.ts'
import type { Route } from '../kernel/http/pipeline.ts'
import type { ExtraRoute } from '../kernel/http/setup.ts'
import { contracts } from './contracts.ts'
import { docsCss, docsHtml, docsPolicy, docsScript } from './docs-page.ts'

interface DocumentOptions {
  readonly baseUrl: string
  readonly http: { readonly basePath: string; readonly docs: boolean | 'auto' }
}

/** The routes of the documents; none when they are switched off, as `'auto'` does in production. */
export function documents(routes: readonly Route[], { baseUrl, http }: DocumentOptions, production: boolean): ExtraRoute[] {
  if (http.docs === false || (http.docs === 'auto' && production)) return []
  const openApi = once((version: '3.0' | '3.1') =>
    JSON.stringify(openApiOf({ routes: readingOrder(routes), basePath: http.basePath, baseUrl, version })),
  )
  const vendored = once(readVendored)
  return [
    {
      method: 'GET',
      path: '/openapi.json',
      handle(request) {
        const version = new URL(request.url).searchParams.get('version') === '3.0' ? '3.0' : '3.1'
        return new Response(openApi(version), { headers: { 'content-type': 'application/json' } })
      },
    },
    page('/docs', 'text/html', async () => docsHtml),
    page('/docs/page.css', 'text/css', async () => docsCss),
    page('/docs/start.js', 'text/javascript', async () => docsScript),
    page('/docs/swagger-ui.css', 'text/css', () => vendored('swagger-ui.css')),
    page('/docs/swagger-ui-bundle.js', 'text/javascript', () => vendored('swagger-ui-bundle.js')),
  ]
}

/** What operators do is documented behind the panel's door. */
export const isOfPanel = ({ contract }: Route): boolean => contract === 'admin'

const page = (path: `/${string}`, type: string, body: () => Promise<string>): ExtraRoute => ({
  method: 'GET',
  path,
  handle: async () =>
    new Response(await body(), {
      headers: { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': docsPolicy },
    }),
})

/** People read login before keys; wiring needs it the other way round. The application's own come last, the panel's not at all. */
function readingOrder(routes: readonly Route[]): readonly Route[] {
  const names: readonly string[] = contracts.map(({ name }) => name)
  const rank = ({ contract }: Route) => (names.includes(contract) ? names.indexOf(contract) : names.length)
  return [...routes].filter((route) => !isOfPanel(route)).sort((a, b) => rank(a) - rank(b))
}

/** Does the work for a key when it is first asked for; what fails is tried again. */
function once<K, V>(work: (key: K) => V): (key: K) => V {
  const done = new Map<K, V>()
  return (key) => {
    const known = done.get(key)
    if (known !== undefined) return known
    const fresh = work(key)
    done.set(key, fresh)
    if (fresh instanceof Promise) fresh.catch(() => done.delete(key))
    return fresh
  }
}

/** Built packages keep the files beside the code; a checkout keeps them in its build. */
async function readVendored(name: string): Promise<string> {
  const places = ['../vendor/swagger-ui/', '../../dist/vendor/swagger-ui/'].map((place) => new URL(place + name, import.meta.url))
  for (const place of places) {
    const text = await readFile(place, 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  throw new Error(`${name} is missing from the build`)
}
