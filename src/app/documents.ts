/**
 * The documents about the API: OpenAPI, and Swagger UI from files of ours. Nothing is loaded from another host.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { openApiOf } from '../kernel/http/openapi.ts'
import type { Route } from '../kernel/http/pipeline.ts'
import type { ExtraRoute } from '../kernel/http/setup.ts'
import { product } from '../kernel/product.ts'

interface DocumentOptions {
  readonly baseUrl: string
  readonly http: { readonly basePath: string; readonly docs: boolean | 'auto' }
}

const scriptPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"

/** The routes of the documents; none when they are switched off, as `'auto'` does in production. */
export function documents(routes: readonly Route[], { baseUrl, http }: DocumentOptions, production: boolean): ExtraRoute[] {
  if (http.docs === false || (http.docs === 'auto' && production)) return []
  const base = http.basePath === '/' ? '' : http.basePath
  return [
    {
      method: 'GET',
      path: '/openapi.json',
      handle(request) {
        const version = new URL(request.url).searchParams.get('version') === '3.0' ? '3.0' : '3.1'
        return Response.json(openApiOf({ routes, basePath: http.basePath, baseUrl, version }))
      },
    },
    { method: 'GET', path: '/docs', handle: () => file(page(base), 'text/html; charset=utf-8') },
    { method: 'GET', path: '/docs/start.js', handle: () => file(start(base), 'text/javascript') },
    { method: 'GET', path: '/docs/swagger-ui.css', handle: async () => file(await vendored('swagger-ui.css'), 'text/css') },
    {
      method: 'GET',
      path: '/docs/swagger-ui-bundle.js',
      handle: async () => file(await vendored('swagger-ui-bundle.js'), 'text/javascript'),
    },
  ]
}

const file = (body: string, type: string): Response =>
  new Response(body, { headers: { 'content-type': type, 'content-security-policy': scriptPolicy } })

/** Built packages keep the files beside the code; a checkout keeps them in its build. */
async function vendored(name: string): Promise<string> {
  const places = ['../vendor/swagger-ui/', '../../dist/vendor/swagger-ui/'].map((place) => new URL(place + name, import.meta.url))
  for (const place of places) {
    const text = await readFile(place, 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  throw new Error(`${name} is missing from the build`)
}

const page = (base: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${product.title} API</title><link rel="stylesheet" href="${base}/docs/swagger-ui.css"></head>
<body><div id="docs"></div><script src="${base}/docs/swagger-ui-bundle.js"></script><script src="${base}/docs/start.js"></script></body></html>`

const start = (base: string): string =>
  `SwaggerUIBundle({ url: ${JSON.stringify(`${base}/openapi.json`)}, dom_id: '#docs', deepLinking: true, validatorUrl: null })`
