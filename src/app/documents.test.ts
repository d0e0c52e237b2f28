import { afterAll, describe, expect, test } from 'vitest'
import { houseOn } from '../../test/flows/house.ts'
import { silentLogger } from '../kernel/ambient/ambient.ts'
import type { Ctx } from '../kernel/ctx.ts'
import type { Route } from '../kernel/http/pipeline.ts'
import { sqlite } from '../sqlite.ts'
import { documents } from './documents.ts'
import type { AuthOptions } from './options.ts'

const houses: ReturnType<typeof houseOn>[] = []
afterAll(() => Promise.all(houses.map(({ auth }) => auth.close())))

function getter(http: NonNullable<AuthOptions['http']>, production = false, baseUrl = 'https://app.example.com') {
  const house = houseOn(sqlite(':memory:'), { http, baseUrl }, { production })
  houses.push(house)
  return (path: string) => house.auth.handle(new Request(new URL(path, baseUrl)))
}

/** Every URL the page would load, as the browser resolves it. */
const loadedBy = (html: string, at: string): string[] =>
  [...html.matchAll(/(?:src|href)="([^"]+)"/g)]
    .map(([, url = '']) => new URL(url, new URL(at, 'https://app.example.com')).href)
    .filter((url) => !url.startsWith('data:'))

describe('the API docs page', () => {
  test.each([{}, { basePath: '/' as const }, { basePath: '/identity/' as const }])(
    'loads everything from its own folder, also with %j',
    async (http) => {
      const get = getter({ ...http, docs: true })
      const at = `${(http.basePath ?? '/auth').replace(/\/$/, '')}/docs`
      const page = await get(at)
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
      const urls = loadedBy(await page.text(), at)
      expect(urls.length).toBeGreaterThan(4)
      for (const url of urls) {
        expect(new URL(url).origin).toBe('https://app.example.com')
        expect([url, (await get(new URL(url).pathname)).status]).toEqual([url, 200])
      }
    },
  )

  test('is named after the product and has nothing inline', async () => {
    const html = await (await getter({ docs: true })('/auth/docs')).text()
    expect(html).toContain('<title>Keywright API</title>')
    expect(html).not.toMatch(/<script>|<style|style=|\son\w+=/)
  })

  test('is there in development, and in production only when asked for', async () => {
    expect((await getter({})('/auth/docs')).status).toBe(200)
    expect((await getter({}, true)('/auth/docs')).status).toBe(404)
    expect((await getter({}, true)('/auth/openapi.json')).status).toBe(404)
    expect((await getter({ docs: true }, true)('/auth/docs')).status).toBe(200)
    expect((await getter({ docs: false })('/auth/docs')).status).toBe(404)
  })

  test('the document tells of login first and of keys last', async () => {
    const { tags } = (await (await getter({ docs: true })('/auth/openapi.json')).json()) as { tags: { name: string }[] }
    expect(tags.map(({ name }) => name)).toEqual([
      'login',
      'users',
      'sessions',
      'password',
      'account',
      'audit',
      'pictures',
      'signing',
    ])
  })
})

describe('CS-10: what every answer tells the browser', () => {
  const paths = [
    '/auth/docs',
    '/auth/docs/start.js',
    '/auth/docs/page.css',
    '/auth/docs/swagger-ui.css',
    '/auth/docs/swagger-ui-bundle.js',
    '/auth/openapi.json',
    '/auth/csrf',
    '/auth/me',
    '/auth/nothing',
    '/.well-known/jwks.json',
  ]

  test.each(paths)('%s runs nothing inline and cannot be framed, sniffed, embedded or opened by another site', async (path) => {
    const { headers } = await getter({ docs: true })(path)
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000',
    })
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
  })

  test('https is remembered on https only', async () => {
    const plain = await getter({ docs: true }, false, 'http://127.0.0.1:3000')('/auth/docs')
    expect(plain.headers.has('strict-transport-security')).toBe(false)
  })

  test('a boot that failed is sealed like any other answer', async () => {
    const empty = { ...sqlite(':memory:'), migrates: 'by-operator' as const }
    const house = houseOn(empty, { infra: { logger: silentLogger } }, { migrate: false })
    houses.push(house)
    const { status, headers } = await house.auth.handle(new Request('https://app.example.com/auth/me'))
    expect([status, headers.get('strict-transport-security'), headers.get('cross-origin-opener-policy')]).toEqual([
      503,
      'max-age=31536000',
      'same-origin',
    ])
  })
})

const options = { baseUrl: 'https://app.example.com', http: { basePath: '/auth', docs: true } }
const get = (path: string) => new Request(`https://app.example.com${path}`)

test('each OpenAPI document is written once, however often it is read', async () => {
  let readings = 0
  const routes = new Proxy<Route[]>([], {
    get(target, key) {
      if (key === Symbol.iterator) readings += 1
      return Reflect.get(target, key)
    },
  })
  const [openApi] = documents(routes, options, true)
  const nobody: Ctx = { poolId: 'default', tenantId: 'default', actor: { kind: 'anonymous', id: 'anonymous' }, at: new Date(0) }
  const read = async (query: string) => (await openApi?.handle(get(`/auth/openapi.json${query}`), nobody))?.json()
  expect(await read('')).toMatchObject({ openapi: '3.1.0' })
  const once = readings
  expect(once).toBeGreaterThan(0)
  expect(await read('?version=3.1')).toMatchObject({ openapi: '3.1.0' })
  expect(readings).toBe(once)
  expect(await read('?version=3.0')).toMatchObject({ openapi: '3.0.3' })
})

test('reading them is counted by address like everything else', async () => {
  const limits = { default: { address: { limit: 1, per: 60_000 }, shared: false } }
  const { auth } = houseOn(sqlite(':memory:'), { http: { docs: true, limits } })
  const read = async (ip: string) => (await auth.handle(get('/auth/openapi.json'), { ip })).status
  expect([await read('192.0.2.1'), await read('192.0.2.1'), await read('192.0.2.2')]).toEqual([200, 429, 200])
  await auth.close()
})

test('a base path with slashes at its end is the one without, everywhere', async () => {
  for (const [basePath, base] of [
    ['/auth//', '/auth'],
    ['/', ''],
  ] as const) {
    const { auth, core } = houseOn(sqlite(':memory:'), { http: { basePath, docs: true } })
    expect(core.basePath).toBe(base)
    const document = (await (await auth.handle(get(`${base}/openapi.json`))).json()) as { paths: object }
    expect(Object.keys(document.paths)).toContain(`${base}/me`)
    await auth.close()
  }
})
