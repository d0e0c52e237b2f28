/**
 * An operator adds somebody in the panel, who comes in by the link of a mail or with a temporary password: Chromium on the built server, in
 * development, where mails are kept in a box.
 *
 * @module
 */
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { catalogues } from '../../src/messages/languages.ts'
import { launchChromium } from './chromium.ts'
import { lookAt } from './look.ts'
import { app, isTitled } from './panel-desk.ts'
import { createHouse, owner, sitDown } from './panel-house.ts'

const desk = createDesk()
let browser: Browser
let house: Awaited<ReturnType<typeof createHouse>>

beforeAll(async () => {
  browser = await launchChromium()
  house = await createHouse(desk, { demo: false, options: `users: { identifiers: ['email', 'username'] }` })
})
afterAll(async () => {
  await browser?.close()
  await desk.clear()
})

const chosen = 'nineteen quiet herons'
const logsIn = async (identifier: string, password: string) =>
  (await app(`${house.url}/auth/login`, { body: { identifier, password } })).body
const linksTo = async (email: string): Promise<readonly string[]> => {
  const answer = await fetch(`${house.url}/dev/inbox.json`)
  const { messages } = (await answer.json()) as { messages: readonly { to: string; links: readonly string[] }[] }
  return messages.filter(({ to }) => to === email).flatMap(({ links }) => links)
}
/** The text under a field that says what is wrong with it, as it is tied to the field. */
const reasonOf = (field: Locator): Promise<string> =>
  field.evaluate((node) =>
    (node.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .filter((id: string) => id.endsWith('-error'))
      .map((id: string) => node.ownerDocument.getElementById(id)?.textContent ?? '')
      .join(' '),
  )

test('somebody is added once their address is one, and comes in by the link of the invitation', async () => {
  const { tab, wrong, close } = await sitDown(browser, house.url, { ...owner, at: '/users' })
  await tab.getByRole('link', { name: 'Add a user' }).click()
  await isTitled(tab, 'Add a user')
  await tab.waitForURL(/\/admin\/users\/new$/)
  const identifier = tab.getByRole('textbox', { name: 'Logs in with' })
  const submit = tab.getByRole('button', { name: 'Add the user' })
  expect(await submit.isDisabled()).toBe(true)
  await identifier.fill('ada..bad@example.com')
  await submit.click()
  await expect.poll(() => reasonOf(identifier)).toBe('Nobody can log in with this.')
  await expect.poll(() => identifier.evaluate((node) => node === node.ownerDocument.activeElement)).toBe(true)
  await lookAt(tab, 'panel-newcomer-refused')
  await tab.setViewportSize({ width: 1280, height: 800 })
  await identifier.fill(owner.identifier)
  await submit.click()
  await expect.poll(() => reasonOf(identifier)).toBe('Somebody logs in with this already.')

  await identifier.fill('ada@example.com')
  await tab.getByRole('textbox', { name: 'First name' }).fill('Ada')
  await tab.getByRole('textbox', { name: 'Last name' }).fill('Lovelace')
  await tab.getByRole('combobox', { name: 'Language' }).click()
  await tab.getByRole('option', { name: 'Italiano' }).click()
  expect(await tab.getByRole('checkbox', { name: 'Invite by mail' }).isChecked()).toBe(true)
  await submit.click()
  await isTitled(tab, 'Ada Lovelace')
  await tab.getByText('The user is added, and the invitation is on its way').waitFor()
  const [ada] = (await house.admin.users.list({ q: 'ada@' })).users
  expect(ada).toMatchObject({ email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace', locale: 'it', role: 'user' })
  expect(new URL(tab.url()).pathname).toBe(`/id/admin/users/${ada?.id}`)
  await tab.goBack()
  await isTitled(tab, 'Users')
  expect(wrong).toEqual([])
  await close()

  await expect.poll(() => linksTo('ada@example.com')).toHaveLength(1)
  const context = await browser.newContext({ locale: 'it' })
  const page = await context.newPage()
  await page.goto((await linksTo('ada@example.com'))[0] ?? '')
  const texts = catalogues.it.pages['reset-password']
  await page.getByLabel(texts.password, { exact: true }).fill(chosen)
  await page.getByRole('button', { name: texts.button }).click()
  await isTitled(page, texts.doneTitle)
  expect((await logsIn('ada@example.com', chosen)).accessToken).toEqual(expect.any(String))
  await context.close()
})

test('in Italian the reason is read in Italian; who has no address gets a temporary password, shown once', async () => {
  const { tab, wrong, close } = await sitDown(browser, house.url, { ...owner, language: 'it', at: '/users/new' })
  await isTitled(tab, 'Aggiungi un utente')
  const identifier = tab.getByRole('textbox', { name: 'Accede con' })
  const submit = tab.getByRole('button', { name: 'Aggiungi l’utente' })
  await identifier.fill('ada..bad@example.com')
  await submit.click()
  await expect.poll(() => reasonOf(identifier)).toBe('Con questo non si può accedere.')

  await identifier.fill('hopper')
  const invite = tab.getByRole('checkbox', { name: 'Invita via email' })
  expect([await invite.isChecked(), await invite.isDisabled()]).toEqual([false, true])
  await submit.click()
  const dialog = tab.getByRole('dialog', { name: 'La password temporanea' })
  const temporary = await dialog.locator('code').innerText()
  await isTitled(tab, 'hopper')
  await expect.poll(() => dialog.locator(':focus').count()).toBe(1)
  await dialog.getByRole('button', { name: 'Fatto' }).click()
  expect((await logsIn('hopper', temporary)).status).toBe('factor_required')
  expect(wrong).toEqual([])
  await close()
})

test('what was typed outlives a session that ends, and is not left without a question', async () => {
  const { tab, wrong, close } = await sitDown(browser, house.url, { ...owner, at: '/users' })
  await tab.getByRole('button', { name: 'Search or jump to' }).click()
  await tab.getByPlaceholder('Users, screens and actions').fill('add a u')
  await expect.poll(() => tab.getByRole('dialog').locator('[data-action]').allInnerTexts()).toEqual(['Add a user'])
  await tab.keyboard.press('Enter')
  await isTitled(tab, 'Add a user')
  await tab.getByRole('textbox', { name: 'Logs in with' }).fill('emil@example.com')
  await tab.getByRole('link', { name: 'Audit log' }).click()
  const leave = tab.getByRole('dialog', { name: 'Leave without saving?' })
  await leave.getByRole('button', { name: 'Cancel' }).click()
  await isTitled(tab, 'Add a user')

  await tab.context().clearCookies()
  await tab.getByRole('button', { name: 'Add the user' }).click()
  const dialog = tab.getByRole('dialog', { name: 'Log in again' })
  await dialog.getByLabel('Address or username').fill(owner.identifier)
  await dialog.getByRole('textbox', { name: 'Password' }).fill(owner.password)
  await dialog.getByRole('button', { name: 'Log in' }).click()
  await isTitled(tab, 'emil@example.com')
  expect((await house.admin.users.list({ q: 'emil@' })).users).toHaveLength(1)
  expect(wrong).toEqual([])
  await close()
})

test('who may not manage people is offered no such page, also by its address or the palette', async () => {
  await house.moveIn('support@example.com', { role: 'support' })
  const { tab, wrong, close } = await sitDown(browser, house.url, { identifier: 'support@example.com', at: '/users' })
  await tab.getByRole('row').nth(1).waitFor()
  expect(await tab.getByRole('link', { name: 'Add a user' }).count()).toBe(0)
  await tab.getByRole('button', { name: 'Search or jump to' }).click()
  await tab.getByPlaceholder('Users, screens and actions').fill('add a user')
  await tab.getByText('Nothing found').waitFor()
  await tab.goto(`${house.url}/admin/users/new`)
  await isTitled(tab, 'Your role does not include this')
  expect(wrong).toEqual([])
  await close()
})

test('a list of users is asked for a role of ours by its name, and for one of the application by its word', async () => {
  const id = await house.moveIn('edith@example.com', { role: 'editor' })
  const { tab, wrong, close } = await sitDown(browser, house.url, { ...owner, at: '/users' })
  const role = tab.getByRole('combobox', { name: 'Role' })
  await role.click()
  await tab.getByRole('option', { name: 'editor' }).waitFor()
  await tab.getByRole('option', { name: 'Owner' }).click()
  await tab.waitForURL(/role=owner/)
  await expect.poll(() => tab.getByRole('row').count()).toBe(2)
  await role.fill('editor')
  await tab.waitForURL(/role=editor/)
  await tab.getByRole('row').filter({ hasText: 'edith@example.com' }).waitFor()
  await expect.poll(() => tab.getByRole('row').count()).toBe(2)
  await role.press('Escape')
  await lookAt(tab, 'panel-users-of-role')
  await tab.setViewportSize({ width: 1280, height: 800 })
  await tab.getByRole('button', { name: 'Clear filters' }).click()
  await expect.poll(() => role.inputValue()).toBe('')

  await tab.goto(`${house.url}/admin/users/${id}`)
  await tab.getByRole('combobox', { name: 'Language' }).click()
  await expect.poll(() => tab.getByRole('option').allInnerTexts()).toEqual(['Not chosen', 'English', 'Italiano'])
  await tab.getByRole('option', { name: 'Italiano' }).click()
  await tab.getByRole('button', { name: 'Save', exact: true }).click()
  await tab.getByText('The profile is saved').waitFor()
  expect((await house.admin.users.get({ id })).locale).toBe('it')
  expect(wrong).toEqual([])
  await close()
})
