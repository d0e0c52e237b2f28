import { afterAll, describe, expect, test } from 'vitest'
import { houseOn } from '../../test/flows/house.ts'
import { silentLogger } from '../kernel/ambient/ambient.ts'
import { sqlite } from '../sqlite.ts'
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
    expect(tags.map(({ name }) => name)).toEqual(['login', 'users', 'sessions', 'password', 'signing'])
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
