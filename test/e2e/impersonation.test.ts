/**
 * An operator sees what a user sees: a real browser, the built server, from the page of the user in the panel to theirs and back.
 *
 * @module
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogues, formatMessage } from '../../src/messages/languages.ts'
import { lookAt } from './look.ts'
import { isTitled, logIn, look, openPanel, operator, type Panel } from './panel-desk.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const reason = '<b>ticket 17</b>: cannot find her devices'
const { pages: texts, refusals } = catalogues.en

let panel: Panel
let adaId: string

beforeAll(async () => {
  panel = await openPanel('impersonation: { write: true }')
  adaId = (await panel.app('/auth/register', { body: ada })).body.user.id
})
afterAll(() => panel?.clear())

/** Where the panel says whom its operator sees. */
const seenAs = (desk: Page) => desk.getByRole('region', { name: 'What you see as somebody else' })

/** Asks to see somebody from their page in the panel. */
async function see(desk: Page, id: string): Promise<void> {
  await desk.goto(`/admin/users/${id}`)
  await desk.getByRole('button', { name: 'See as this user' }).click()
  await desk.getByRole('dialog').getByLabel('Reason').fill('ticket 18')
  await desk.getByRole('dialog').getByRole('button', { name: 'Begin' }).click()
  await desk.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click()
}

test('an operator says why, looks at an account in the place of its user, can press nothing there but stop, and is back', async () => {
  const { tab: desk, context, wrong, close } = await panel.sitDown()
  const { users } = await panel.admin.users.list({ q: operator.identifier })
  await desk.goto(`/admin/users/${users[0]?.id}`)
  await logIn(desk)
  await desk.getByRole('button', { name: 'Log out everywhere' }).waitFor()
  expect(await desk.getByRole('button', { name: 'See as this user' }).count()).toBe(0)

  await desk.goto(`/admin/users/${adaId}`)
  await desk.getByRole('button', { name: 'See as this user' }).click()
  const dialog = desk.getByRole('dialog')
  await dialog.getByText('It ends after 30 minutes.').waitFor()
  expect(await dialog.getByRole('button', { name: 'Begin' }).isDisabled()).toBe(true)
  await dialog.getByLabel('Reason').fill(reason)
  await dialog.getByLabel('Let me change things').waitFor()
  await look(desk, 'impersonation-ask')
  await dialog.getByRole('button', { name: 'Begin' }).click()
  const link = dialog.getByRole('link', { name: 'Open in a new tab' })
  await link.waitFor()
  await lookAt(desk, 'panel-impersonation-begun')
  const [tab] = await Promise.all([context.waitForEvent('page'), link.click()])

  const said = seenAs(desk).getByText(/^You see the application as ada@example\.com until \d.+ \(in (29|30) minutes\)\./)
  await said.waitFor()
  await look(desk, 'impersonation-shell')

  const banner = tab.getByRole('complementary', { name: texts.account.impersonationArea })
  await banner.getByText(formatMessage(texts.account.impersonation, 'en', { name: ada.email })).waitFor()
  await tab.setViewportSize({ width: 1280, height: 800 })
  expect(await banner.getByText(formatMessage(texts.account.impersonationReason, 'en', { reason })).isVisible()).toBe(true)
  await lookAt(tab, 'impersonation-profile')
  for (const path of ['', '/password', '/devices', '/data', '/deletion']) {
    await tab.goto(`/account${path}`)
    const buttons = await tab.locator('main button').all()
    expect([path, buttons.length > 0, await Promise.all(buttons.map((button) => button.isDisabled()))]).toEqual([
      path,
      true,
      buttons.map(() => true),
    ])
  }
  await tab.goto('/account/devices')
  await lookAt(tab, 'impersonation-devices')

  // Whoever takes the lock off the form is told by the server.
  await tab.goto('/account')
  await tab.evaluate("for (const one of document.querySelectorAll('fieldset')) one.disabled = false")
  await tab.getByLabel(texts['account-profile'].firstName).fill('Mallory')
  await tab.getByRole('button', { name: texts.account.save }).click()
  await tab.getByRole('alert').getByText(refusals.impersonation_refused).waitFor()

  await banner.getByRole('button', { name: texts.account.impersonationStop }).click()
  await tab.waitForURL(`${panel.url}/admin/users/${adaId}`)
  await tab.getByRole('heading', { level: 1, name: ada.email }).waitFor()
  await tab.goto('/account')
  expect(new URL(tab.url()).pathname).toBe('/auth/login')
  await desk.bringToFront()
  await said.waitFor({ state: 'detached' })
  expect(wrong).toEqual([])
  await close()

  const { tab: page, close: leave } = await panel.sitDown()
  await page.goto('/auth/login?returnTo=/account/activity')
  await page.getByLabel(texts.fields.email, { exact: true }).fill(ada.email)
  await page.getByLabel(texts.fields.password, { exact: true }).fill(ada.password)
  await page.getByRole('button', { name: texts.login.button, exact: true }).click()
  await page.getByText(texts.happenings['identity.impersonation.started']).waitFor()
  await lookAt(page, 'impersonation-activity')
  await leave()
}, 120_000)

test('every page of the panel says whom its operator sees, also when it is loaded anew, and ends it', async () => {
  const { tab: desk, wrong, close } = await panel.sitDown()
  await desk.goto('/admin/keys')
  await logIn(desk)
  await isTitled(desk, 'Keys')
  expect(await seenAs(desk).count()).toBe(0)
  await see(desk, adaId)
  await seenAs(desk).waitFor()
  await desk.getByRole('link', { name: 'Keys' }).click()
  await isTitled(desk, 'Keys')
  expect(await seenAs(desk).count()).toBe(1)
  await desk.reload()
  await seenAs(desk).getByRole('link', { name: ada.email }).click()
  await isTitled(desk, ada.email)
  const { sessions } = await panel.admin.sessions.list({ userId: adaId })
  expect(sessions.filter(({ impersonated }) => impersonated)).toHaveLength(1)

  await seenAs(desk).getByRole('button', { name: 'Stop' }).click()
  await desk.getByText('You see nothing as somebody else any more').waitFor()
  await seenAs(desk).waitFor({ state: 'detached' })
  const left = await panel.admin.sessions.list({ userId: adaId })
  expect(left.sessions.filter(({ impersonated }) => impersonated)).toEqual([])
  await desk.goto('/account')
  expect(new URL(desk.url()).pathname).toBe('/auth/login')
  expect(wrong).toEqual([])
  await close()
})

test('the panel says no longer whom its operator sees once the time is over', async () => {
  const brief = await openPanel("impersonation: { ttl: '15s' }")
  try {
    const { id } = (await brief.app('/auth/register', { body: ada })).body.user
    const { tab: desk, wrong } = await brief.sitDown()
    await desk.goto('/admin/keys')
    await logIn(desk)
    await isTitled(desk, 'Keys')
    await see(desk, id)
    await seenAs(desk).waitFor()
    await seenAs(desk).waitFor({ state: 'detached', timeout: 60_000 })
    expect(wrong).toEqual([])
  } finally {
    await brief.clear()
  }
})
