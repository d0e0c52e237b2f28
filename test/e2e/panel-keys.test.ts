/**
 * The panel without a mouse and on a phone: where the keyboard stops, where it goes on, and what stands there by then.
 *
 * @module
 */
import type { Browser, Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { launchChromium } from './chromium.ts'
import { confirmed, phone } from './panel-desk.ts'
import { createHouse, owner, sitDown } from './panel-house.ts'

const desk = createDesk()
const onDesk = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
let browser: Browser
let house: Awaited<ReturnType<typeof createHouse>>
let desks: Awaited<ReturnType<typeof sitDown>>

beforeAll(async () => {
  browser = await launchChromium()
  house = await createHouse(desk)
})
afterAll(async () => {
  await browser?.close()
  await desk.clear()
})
beforeEach(async () => {
  desks = await sitDown(browser, house.url, owner)
})
afterEach(async () => {
  expect(desks.wrong).toEqual([])
  await desks.close()
})

const isFocused = (there: Locator) => expect.poll(() => there.and(desks.tab.locator(':focus')).count()).toBe(1)

const seen = `(({ right, bottom, width }) => right > 0 && bottom > 0 && width > 1)(document.activeElement.getBoundingClientRect())`

/** Presses Tab until the page begins again. @returns whether each stop could be seen, at the latest a moment after it was reached */
async function stops(): Promise<{ readonly name: string; readonly isSeen: boolean }[]> {
  const { tab } = desks
  const found: { name: string; isSeen: boolean }[] = []
  for (let pressed = 0; pressed < 60; pressed++) {
    await tab.keyboard.press('Tab')
    const focused = tab.locator(':focus')
    if ((await focused.count()) === 0) break
    const name = (await focused.getAttribute('aria-label')) ?? (await focused.innerText())
    const isSeen = await tab.waitForFunction(seen, undefined, { timeout: 5_000 }).then(
      () => true,
      () => false,
    )
    found.push({ name, isSeen })
  }
  return found
}

test('a page that is left open asks nothing by itself after a while, and goes on with whoever comes back', async () => {
  const { tab, open } = desks
  await tab.clock.install()
  await open('/jobs')
  let asked = 0
  tab.on('request', (request) => {
    if (request.url().includes('/admin/api/jobs')) asked += 1
  })
  /** What the page asks for itself is heard of before what it asks for us after that. */
  const hasAsked = () => tab.evaluate('fetch(location.href).then((page) => page.text())')
  await tab.clock.fastForward('00:30')
  await expect.poll(() => asked).toBeGreaterThan(0)
  await tab.clock.fastForward('11:00')
  await hasAsked()
  const before = asked
  for (let minute = 0; minute < 3; minute++) await tab.clock.fastForward('01:00')
  await hasAsked()
  expect(asked).toBe(before)
  await tab.mouse.move(200, 300)
  await expect.poll(() => asked).toBeGreaterThan(before)
})

test('on a phone the keyboard stops at nothing that cannot be seen, and Escape closes the menu', async () => {
  const { tab, open } = desks
  for (const name of ['wilma', 'wilma2']) await house.moveIn(`${name}@example.com`)
  await tab.setViewportSize({ width: 390, height: 844 })
  await open('/users?q=wilma')
  const met = await stops()
  expect(met.filter(({ isSeen }) => !isSeen)).toEqual([])
  const names = met.map(({ name }) => name)
  expect(names).toContain('Menu')
  expect(names.filter((name) => name.startsWith('Select '))).toEqual(['Select wilma2@example.com', 'Select wilma@example.com'])

  const [burger, menu] = [tab.getByRole('button', { name: 'Menu' }), tab.getByRole('navigation', { name: 'Main' })]
  await burger.press('Enter')
  await menu.getByRole('link', { name: 'Sessions' }).focus()
  await tab.keyboard.press('Escape')
  await menu.waitFor({ state: 'hidden' })
  await isFocused(burger)
  await burger.press('Enter')
  await menu.getByRole('link', { name: 'Sessions' }).press('Enter')
  await desks.isTitled('Sessions')
  await menu.waitFor({ state: 'hidden' })
})

test('while the menu of a phone is open the keyboard stays in it; a page that is chosen there is where it goes on', async () => {
  const { tab, open, isTitled } = desks
  await tab.setViewportSize({ width: 390, height: 844 })
  await open('/users')
  const [burger, menu] = [tab.getByRole('button', { name: 'Menu' }), tab.getByRole('navigation', { name: 'Main' })]
  await burger.press('Enter')
  await menu.waitFor()
  const links = await menu.getByRole('link').allInnerTexts()
  expect(links).toContain('Sessions')
  expect((await stops()).map(({ name }) => name)).toEqual(links)
  // The last link is the end of the page; from there it begins again, at the button.
  expect(await stops()).toEqual([{ name: 'Menu', isSeen: true }, ...links.map((name) => ({ name, isSeen: true }))])
  await burger.press('Shift+Tab')
  expect(await tab.locator(':focus').count()).toBe(0)

  await menu.getByRole('link', { name: 'Sessions' }).press('Enter')
  await isTitled('Sessions')
  await isFocused(tab.getByRole('main'))
  expect((await stops()).length).toBeGreaterThan(3)

  await burger.press('Enter')
  await tab.setViewportSize({ width: 1280, height: 800 })
  await tab.getByRole('main').getByRole('searchbox').or(tab.getByRole('main').getByRole('button')).first().focus()
  await isFocused(tab.getByRole('main').locator(':focus'))
})

test('what is done to a user stands under their activity at once', async () => {
  const { tab, open } = desks
  const id = await house.moveIn('tilda@example.com')
  await open(`/users/${id}?tab=activity`)
  await tab.getByRole('button', { name: 'Disable' }).click()
  await tab.getByRole('dialog').getByLabel('Reason').fill('lost phone')
  await confirmed(tab, 'Disable')
  await tab.getByRole('link', { name: 'user.disabled', exact: true }).waitFor()
  await tab.getByRole('button', { name: 'Enable' }).click()
  await isFocused(tab.getByRole('dialog').getByRole('button', { name: 'Cancel' }))
  await confirmed(tab, 'Enable')
  await tab.getByRole('link', { name: 'user.enabled', exact: true }).waitFor()
})

test('a device is named before it is logged out, and the keyboard goes on where it was; the operator’s own is marked', async () => {
  const { tab, open } = desks
  const id = await house.moveIn('ulla@example.com', { devices: [phone, onDesk] })
  await open(`/users/${id}?tab=devices`)
  const dialog = tab.getByRole('dialog')
  const logOut = async (device: string) => {
    await tab.getByRole('button', { name: `Log out ${device}` }).press('Enter')
    await dialog.getByText(`${device}, 127.0.0.1`).waitFor()
    await isFocused(dialog.getByRole('button', { name: 'Cancel' }))
    await tab.keyboard.press('Tab')
    await tab.keyboard.press('Enter')
  }
  await logOut('Firefox on Linux')
  await isFocused(tab.getByRole('row').filter({ hasText: 'Safari on iOS' }))
  await logOut('Safari on iOS')
  await tab.getByText('Nobody is logged in').waitFor()
  await isFocused(tab.getByRole('main'))

  await open('/sessions')
  const own = tab.getByRole('row').filter({ hasText: 'This device' })
  await expect.poll(() => own.count()).toBe(1)
  await own.getByRole('button', { name: /^Log out/ }).click()
  await dialog.getByText('Your own session of the panel ends').waitFor()
  await confirmed(tab, 'Cancel')
})

test('what can be sorted shows it before it is, and the other way round after', async () => {
  const { tab, open } = desks
  await open('/sessions')
  const head = tab.getByRole('columnheader', { name: 'Last active' })
  const drawn = () => head.locator('svg path').getAttribute('d')
  const before = await drawn()
  await head.getByRole('button').click()
  await expect.poll(() => head.getAttribute('aria-sort')).toBe('descending')
  const down = await drawn()
  await head.getByRole('button').click()
  await expect.poll(() => head.getAttribute('aria-sort')).toBe('ascending')
  expect(new Set([before, down, await drawn()]).size).toBe(3)
})

test('the palette marks the first of what it found, and Enter opens that', async () => {
  const { tab, open, isTitled } = desks
  const id = await house.moveIn('verena@example.com')
  await open('/sessions')
  await tab.keyboard.press('Control+k')
  const chosen = tab.locator('[data-action][data-selected]')
  await expect.poll(() => chosen.allInnerTexts()).toEqual(['Overview'])
  await tab.keyboard.type('verena')
  await expect.poll(async () => (await chosen.allInnerTexts()).join()).toContain('verena@example.com')
  await tab.keyboard.press('Enter')
  await isTitled('verena@example.com')
  expect(tab.url()).toContain(id)
})

test('a name that never ends leaves short columns their words, and what is ticked moves no row away', async () => {
  const { tab, open } = desks
  await house.moveIn(`${'never.ends.'.repeat(5)}ada@${'far.away.'.repeat(8)}example.com`, { role: 'auditor' })
  await open('/users')
  const list = tab.getByRole('table', { name: 'Users' })
  expect(
    await list
      .getByText('Auditor')
      .first()
      .evaluate((word) => word.getClientRects().length),
  ).toBe(1)
  const labels = list.locator('.mantine-Badge-label')
  expect(await labels.count()).toBeGreaterThan(10)
  expect(await labels.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length)).toBe(0)

  const boxes = list.getByRole('row').getByRole('checkbox')
  const top = async () => (await boxes.nth(3).boundingBox())?.y
  const before = await top()
  await boxes.nth(3).check()
  await tab.getByText('1 selected').waitFor()
  expect(await top()).toBe(before)
  // What is covered by what can be done is no stop of the keyboard.
  expect(await list.getByRole('button', { name: 'Created' }).isDisabled()).toBe(true)
  await tab.getByRole('button', { name: 'Unselect all' }).click()
  expect(await list.getByRole('button', { name: 'Created' }).isDisabled()).toBe(false)
})

test('on the way up a list, the row with the keyboard is not below the titles that stay', async () => {
  const { tab, open } = desks
  await open('/users')
  const rows = tab.getByRole('table', { name: 'Users' }).getByRole('row')
  await rows.nth(35).focus()
  const titles = await rows.nth(0).getByRole('columnheader').nth(1).boundingBox()
  const end = (titles?.y ?? 0) + (titles?.height ?? 0)
  for (let row = 34; row > 5; row--) {
    await tab.keyboard.press('k')
    await isFocused(rows.nth(row))
    expect((await rows.nth(row).boundingBox())?.y).toBeGreaterThanOrEqual(end)
  }
})
