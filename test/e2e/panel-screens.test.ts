/**
 * Every page of every screen, read from the list the panel itself is made of: a new screen is looked at without a word here.
 *
 * @module
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { launchChromium } from './chromium.ts'
import { lookAt } from './look.ts'
import { phone } from './panel-desk.ts'
import { createHouse, owner, screens, settled, sitDown, tabsOfUser } from './panel-house.ts'

const desk = createDesk()
let browser: Browser
let house: Awaited<ReturnType<typeof createHouse>>
let desks: Awaited<ReturnType<typeof sitDown>>

beforeAll(async () => {
  browser = await launchChromium()
  house = await createHouse(desk)
  const id = await house.moveIn('mary@example.com', { devices: [phone] })
  await house.admin.bulk.start({ action: 'revokeSessions', selector: { ids: [id] }, dryRun: true, reason: 'a look' })
  const file = 'email,firstName\nida@example.com,Ida\nmary@example.com,Mary\nnobody,Nobody\n'
  await house.admin.imports.stage({ format: 'csv', reason: 'moving day', dryRun: 'true', file })
  desks = await sitDown(browser, house.url, { ...owner, at: '/none' })
  // Rows are alike, and there are pages to turn: judging fifty of them takes half a minute.
  await desks.tab.route(/limit=50/, (route) => route.continue({ url: route.request().url().replace('limit=50', 'limit=10') }))
})
afterAll(async () => {
  await browser?.close()
  await desk.clear()
})

const pages = screens.flatMap(({ path, label, pages }) =>
  Object.keys(pages).map((rest) => ({ screen: path, title: label.en, path: `${path === '/' ? '' : path}${rest}` })),
)
const literal = new Set(pages.map(({ path }) => path))

/** The address of a page; that of one of many things is where the first row of its list leads, or that of none where there is none yet. */
async function addressOf({ screen, title, path }: (typeof pages)[number]): Promise<string> {
  if (!path.includes('$')) return path
  const { tab, go, isTitled } = desks
  await go(screen)
  await isTitled(title)
  await settled(tab)
  const hrefs = await tab.locator('main a').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''))
  const inside = hrefs.map((href) => href.replace(/^.*?\/admin(?=\/)/, ''))
  const found = inside.find((href) => href.startsWith(`${screen}/`) && !literal.has(href))
  return found ?? `${screen}/none`
}

test.each(pages)(
  'AD-01: everybody can use /admin$path: light and dark, wide and narrow, nothing of another host, nothing in the console',
  async (page) => {
    const { tab, go, wrong } = desks
    const address = await addressOf(page)
    await tab.locator('main h1').evaluate((title) => title.setAttribute('data-left', ''))
    const parts = page.path === '/users/$id' ? tabsOfUser.map(({ id }) => `?tab=${id}`) : ['']
    for (const part of parts) {
      await tab.setViewportSize({ width: 1280, height: 800 })
      await go(address + part)
      // A page stands until the next one has come.
      await tab.locator('main h1:not([data-left])').waitFor()
      await settled(tab)
      await lookAt(tab, `screen${page.path.replaceAll(/[/$]+/g, '-')}${part.replace('?tab=', '-')}`)
    }
    expect(wrong).toEqual([])
  },
)

test('a screen whose data cannot be read says so, offers to try again, and comes back', async () => {
  const { tab, open, wrong } = desks
  await tab.setViewportSize({ width: 1280, height: 800 })
  let status = 500
  const isData = (url: URL) => /\/admin\/api\/(?!ping)/.test(url.pathname)
  const problem = () => ({ title: 'Broken', status, code: status === 503 ? 'unavailable' : 'internal_error' })
  await tab.route(isData, (route) =>
    status === 200
      ? route.continue()
      : route.fulfill({ status, contentType: 'application/problem+json', body: JSON.stringify(problem()) }),
  )
  for (const { path } of screens) {
    status = path === '/keys' ? 503 : 500
    await open(path)
    await tab.getByRole('main').getByRole('alert').first().waitFor()
    if (path === '/users') await lookAt(tab, 'panel-broken')
    await tab.setViewportSize({ width: 1280, height: 800 })
    status = 200
    const again = tab.getByRole('main').getByRole('button', { name: 'Try again' })
    const before = await again.count()
    await again.first().click()
    await expect.poll(() => again.count()).toBeLessThan(before)
  }
  await tab.unroute(isData)
  expect(wrong).toEqual([])
})

test('a screen with nothing on it says what will stand there', async () => {
  // A window of its own, which has read nothing yet: pages follow each other without being loaded anew.
  const { tab, go, isTitled, wrong, close } = await sitDown(browser, house.url, { ...owner, at: '/none' })
  const isData = (url: URL) => /\/admin\/api\/(?!ping|system|settings|telemetry)/.test(url.pathname)
  await tab.route(isData, async (route) => {
    const answer = await route.fetch()
    const value = (await answer.json()) as Record<string, unknown>
    const emptied = Object.entries(value).map(([key, inner]) => [key, Array.isArray(inner) ? [] : inner])
    await route.fulfill({
      response: answer,
      json: { ...Object.fromEntries(emptied), nextCursor: null, total: { count: 0, exact: true } },
    })
  })
  for (const { path, label } of screens) {
    await go(path)
    await isTitled(label.en)
    await settled(tab)
    expect(await tab.getByRole('main').innerText()).not.toMatch(/undefined|NaN|\[object/)
    if (path === '/users' || path === '/sessions') await lookAt(tab, `panel-empty${path.replace('/', '-')}`)
    await tab.setViewportSize({ width: 1280, height: 800 })
  }
  expect(wrong).toEqual([])
  await close()
})
