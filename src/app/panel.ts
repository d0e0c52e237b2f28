/**
 * The panel: its document and its files, for operators alone.
 *
 * Invariant: every look asks who is looking, as an operator's endpoint does; without an answer nothing is served but the door (ASVS 5.0 V13.4.5).
 * The policy of the document allows scripts and styles of ours and nothing of another host.
 * Not here: what the panel does. It is a client of the operators' API like any other.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { AuthError, isAuthError, kernelErrors } from '../kernel/contract/errors.ts'
import { randomToken } from '../kernel/crypto/random.ts'
import { openApiOf } from '../kernel/http/openapi.ts'
import type { Route } from '../kernel/http/pipeline.ts'
import { type ExtraRoute, sitePathOf } from '../kernel/http/setup.ts'
import { product } from '../kernel/product.ts'
import { type PanelDoorOptions, panelDoor } from '../pages/panel.ts'
import { codingFor, createCompressor } from './compression.ts'

/** What the panel's paths begin with, below the path of the base URL. */
export const panelPath = '/admin'

interface PanelOptions extends Omit<PanelDoorOptions, 'panelPath'> {
  /** The operators' endpoints, for their document. */
  readonly routes: readonly Route[]
}

/** The routes of the panel. */
export function panel({ routes, ...options }: PanelOptions): readonly ExtraRoute[] {
  const { core, baseUrl } = options
  const place = sitePathOf(baseUrl) + panelPath
  const door = panelDoor({ ...options, panelPath })
  const compressed = createCompressor()

  /** @throws unauthorized | forbidden | session_revoked | unavailable */
  const assertOperator = (request: Request) => core().call({ contract: 'admin', key: 'ping' }, undefined, request)

  async function document(request: Request): Promise<Response> {
    try {
      await assertOperator(request)
    } catch (error) {
      return door.refuse(request, isAuthError(error) ? error : core().refusalOf(error))
    }
    const nonce = randomToken(16)
    return new Response(withPlace(String(await readBuilt('index.html')), place, nonce), {
      headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policyFor(nonce) },
    })
  }

  async function file(request: Request): Promise<Response> {
    await assertOperator(request)
    const name = new URL(request.url).pathname.slice(`${place}/assets/`.length)
    const type = types[/\.[a-z0-9]+$/.exec(name)?.[0] ?? '']
    const body = type !== undefined && /^[\w.-]+$/.test(name) ? await readBuilt(`assets/${name}`) : undefined
    if (body === undefined || type === undefined) throw new AuthError(kernelErrors.not_found)
    // Their names change with their content.
    const headers = new Headers({ 'content-type': type, 'cache-control': 'private, max-age=31536000, immutable' })
    if (type === types['.woff2']) return new Response(new Uint8Array(body), { headers }) // is compressed as it is
    headers.set('vary', 'Accept-Encoding')
    const coding = codingFor(request.headers.get('accept-encoding'))
    if (coding) headers.set('content-encoding', coding)
    return new Response(new Uint8Array(coding ? await compressed(name, coding, body) : body), { headers })
  }

  async function openApi(request: Request): Promise<Response> {
    await assertOperator(request)
    return Response.json(openApiOf({ routes, basePath: '', baseUrl, version: '3.1' }))
  }

  const get = (path: string, handle: ExtraRoute['handle']): ExtraRoute => ({
    method: 'GET',
    root: 'only',
    path: `${panelPath}${path}`,
    handle,
  })
  return [
    ...door.routes,
    get('', document),
    get('/*', document),
    get('/assets/*', file),
    get('/api/openapi.json', openApi),
    get('/api/*', async (request) => {
      await assertOperator(request)
      throw new AuthError(kernelErrors.not_found)
    }),
  ]
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** OWASP ASVS 5.0 V3.4.3. Its own style elements carry the nonce; previews of mails are frames without rights of their own. */
const policyFor = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')

/** Tells the document where it stands, so that the same files work below any path. */
const withPlace = (document: string, place: string, nonce: string): string =>
  document.replace(
    '<head>',
    () =>
      `<head>\n<base href="${place}/">\n<meta name="${product.name}-admin" content="${place}">\n<meta property="csp-nonce" nonce="${nonce}">`,
  )

/** Built packages keep the files beside the code; a checkout keeps them in its build. */
async function readBuilt(name: string): Promise<Buffer | undefined> {
  const places = ['../admin/', '../../dist/admin/'].map((place) => new URL(place + name, import.meta.url))
  for (const place of places) {
    const found = await readFile(place).catch(() => undefined)
    if (found !== undefined) return found
  }
  if (name === 'index.html') throw new Error('the panel is missing from the build')
  return undefined
}
