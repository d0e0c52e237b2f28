/**
 * Who may not do everything, who speaks Italian, who has no mouse, and what stands there when there is nothing, or nothing can be read.
 *
 * @module
 */
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDesk, secret } from '../../src/cli/test-desk.ts'
import { rightsOf } from '../../src/features/admin/roles.ts'
import { launchChromium } from './chromium.ts'
import { lookAt } from './look.ts'
import { phone } from './panel-desk.ts'
import { createHouse, owner, screens, sitDown } from './panel-house.ts'

const desk = createDesk()
let browser: Browser
let house: Awaited<ReturnType<typeof createHouse>>
let mary: string

beforeAll(async () => {
  browser = await launchChromium()
  house = await createHouse(desk)
  mary = await house.moveIn('mary@example.com', {
    devices: [phone, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
  })
  for (const role of ['support', 'auditor']) await house.moveIn(`${role}@example.com`, { role })
})
afterAll(async () => {
  await browser?.close()
  await desk.clear()
})

test.each([
  { role: 'support', may: ['Log out everywhere', 'Disable'], mayNot: ['Save'] },
  { role: 'auditor', may: [], mayNot: ['Log out everywhere', 'Disable', 'Save'] },
] as const)(
  'of the panel the role $role is shown what it may do, and a typed address does not lead further',
  async ({ role, may, mayNot }) => {
    const { tab, open, go, isTitled, wrong, close } = await sitDown(browser, house.url, { identifier: `${role}@example.com` })
    const named = await tab.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts()
    const theirs = screens.filter(({ right }) => rightsOf[role].includes(right as never))
    expect(named).toEqual(theirs.map(({ label }) => label.en))
    for (const { path, label, right } of screens) {
      await go(path)
      await isTitled(rightsOf[role].includes(right as never) ? label.en : 'Your role does not include this')
    }
    const forbidden = screens.find(({ right }) => !rightsOf[role].includes(right as never))
    await open(forbidden?.path ?? '')
    await isTitled('Your role does not include this')
    if (role === 'support') await lookAt(tab, 'panel-not-for-this-role')
    await tab.setViewportSize({ width: 1280, height: 800 })
    await open(`/users/${mary}`)
    const button = (name: string) => tab.getByRole('main').getByRole('button', { name, exact: true }).count()
    expect(await Promise.all(may.map(button))).toEqual(may.map(() => 1))
    expect(await Promise.all(mayNot.map(button))).toEqual(mayNot.map(() => 0))
    expect(wrong).toEqual([])
    await close()
  },
)

test('a house without mail has no screens of mails, and says why to whoever types their address', async () => {
  const env = {
    KEYWRIGHT_SECRET: secret,
    KEYWRIGHT_ALLOW_HTTP: 'true',
    KEYWRIGHT_MIGRATE: 'true',
    KEYWRIGHT_ADMIN_EMAIL: owner.identifier,
    KEYWRIGHT_ADMIN_PASSWORD: owner.password,
  }
  const { url } = await desk.produce(desk.folder(), env)
  const { tab, open, isTitled, wrong, close } = await sitDown(browser, url, owner)
  const named = await tab.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts()
  const ofMail = screens.filter(({ feature }) => feature === 'mail')
  expect(ofMail.filter(({ label }) => named.includes(label.en))).toEqual([])
  for (const { path } of ofMail) {
    await open(path)
    await isTitled('This feature is off')
  }
  await lookAt(tab, 'panel-feature-off')
  await open('/users/new')
  await tab.getByText('You are shown a temporary password once').waitFor()
  expect(await tab.getByRole('checkbox').count()).toBe(0)
  expect(wrong).toEqual([])
  await close()
})

test('whoever’s browser asks for Italian works in Italian, from the door to every screen', async () => {
  const { tab, go, isTitled, wrong, close } = await sitDown(browser, house.url, { ...owner, language: 'it', at: '/users' })
  expect(await tab.getByRole('navigation', { name: 'Principale' }).getByRole('link').allInnerTexts()).toEqual(
    screens.map(({ label }) => label.it),
  )
  for (const { path, label } of screens) {
    await go(path)
    await isTitled(label.it)
    expect(await tab.locator('html').getAttribute('lang')).toBe('it')
  }
  expect(wrong).toEqual([])
  await close()
})

test('whoever works in Italian reads in Italian, under the field, why it was refused', async () => {
  const { tab, go, wrong, close } = await sitDown(browser, house.url, {
    ...owner,
    language: 'it',
    at: '/templates/mail',
  })
  await tab.getByRole('main').getByRole('link', { name: 'Password cambiata' }).click()
  await tab.getByRole('button', { name: 'Invia una prova' }).click()
  const dialog = tab.getByRole('dialog', { name: 'Invia una prova' })
  const address = dialog.getByRole('textbox', { name: 'Indirizzo' })
  await address.fill('ada..bad@example.com')
  await dialog.getByRole('button', { name: 'Invia', exact: true }).click()
  await dialog.getByText('Non è un indirizzo email.').waitFor()
  expect(await describedBy(address)).toBe('Non è un indirizzo email.')
  await lookAt(tab, 'panel-refused-it')
  await tab.setViewportSize({ width: 1280, height: 800 })
  await tab.keyboard.press('Escape')

  await go(`/users/${mary}`)
  const name = tab.getByRole('textbox', { name: 'Cognome' })
  await name.fill('Rossi\u202e')
  await tab.getByRole('button', { name: 'Salva' }).click()
  await tab.getByText('Ha caratteri che non si possono usare.').waitFor()
  expect(await describedBy(name)).toBe('Ha caratteri che non si possono usare.')
  expect(wrong).toEqual([])
  await close()
})

/** What a screen reader says after the name of a field. */
const describedBy = (field: Locator): Promise<string> =>
  field.evaluate((node) =>
    (node.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id: string) => node.ownerDocument.getElementById(id)?.textContent ?? '')
      .join(' ')
      .trim(),
  )

test('AD-01: without a mouse somebody is found, opened, and a device of theirs thrown out', async () => {
  const { tab, wrong, close } = await sitDown(browser, house.url, { ...owner, at: '/users' })
  const { keyboard } = tab
  await keyboard.press('/')
  await keyboard.type('mary@')
  await tab.waitForURL(/q=mary/)
  await expect.poll(() => tab.getByRole('row').count()).toBe(2)
  await keyboard.press('ArrowDown')
  await keyboard.press('Enter')
  await tab.getByRole('tab', { name: 'Profile' }).waitFor()
  const tabTo = async (there: Locator) => {
    const focused = there.and(tab.locator(':focus'))
    for (let pressed = 0; pressed < 30 && (await focused.count()) === 0; pressed++) await keyboard.press('Tab')
    expect(await focused.count()).toBe(1)
  }
  await tabTo(tab.getByRole('tab', { name: 'Profile' }))
  await keyboard.press('ArrowRight')
  await keyboard.press('Enter')
  const onPhone = tab.getByRole('button', { name: 'Log out Safari on iOS' })
  await onPhone.waitFor()
  await tabTo(onPhone)
  await keyboard.press('Enter')
  const sure = tab.getByRole('dialog').getByRole('button', { name: 'Log out' })
  await sure.waitFor()
  await tabTo(sure)
  await keyboard.press('Enter')
  await tab.getByText('The device is logged out').waitFor()
  const { sessions } = await house.admin.sessions.list({ userId: mary })
  expect(sessions.map(({ device }) => device)).toEqual(['Firefox on Linux'])
  expect(wrong).toEqual([])
  await close()
})
