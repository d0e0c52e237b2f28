/**
 * Somebody who has never seen the panel, on a server for development with a demonstration: what it says is so, and in their language.
 *
 * @module
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { launchChromium } from './chromium.ts'
import { look } from './panel-desk.ts'
import { createHouse, owner, sitDown } from './panel-house.ts'

const desk = createDesk()
let browser: Browser
let house: Awaited<ReturnType<typeof createHouse>>

beforeAll(async () => {
  browser = await launchChromium()
  house = await createHouse(desk, { options: "email: { verification: 'lazy' }," })
})
afterAll(async () => {
  await browser?.close()
  await desk.clear()
})

test('a test mail that is kept is not called sent, and the notice leads to it', async () => {
  const { tab, open, isTitled, wrong, close } = await sitDown(browser, house.url, owner)
  await open('/templates/mail/verify-email')
  await tab.getByRole('button', { name: 'Send a test' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click()
  const notice = tab.getByRole('alert').filter({ hasText: `The test to ${owner.identifier} was not sent: it is kept in the` })
  await notice.getByRole('link', { name: 'dev inbox' }).click()
  await isTitled('Mail queue')
  await tab.getByText(`to ${owner.identifier}`).first().waitFor()
  expect(wrong).toEqual([])
  await close()
})

test('mails that were given up are counted by day and in the queue, and System shows where people reach the house', async () => {
  const { tab, open, wrong, close } = await sitDown(browser, house.url, owner)
  await open('/system')
  await tab.getByText(house.url, { exact: true }).waitFor()
  const given = await house.admin.mail.listQueue({ state: 'dead' })
  await tab.getByText('Mails that were given up are in the queue.').first().waitFor()
  await open('/mail?state=dead')
  const rows = tab.getByRole('row').filter({ hasText: 'Relaying denied' })
  await expect.poll(() => rows.count()).toBe(given.mails.length)
  const { address, id } = given.mails[0] ?? {}
  expect(address).toMatch(/@example\./)
  await rows.first().getByRole('link').click()
  await tab.waitForURL(new RegExp(`/jobs/${id}`))
  await tab.locator('main pre', { hasText: '550 5.7.1 Relaying denied' }).waitFor()
  await tab.getByRole('button', { name: 'Try again' }).click()
  await tab.getByText('One job is tried again').waitFor()
  await open('/mail/inbox')
  await tab.getByText(`to ${address}`).first().waitFor()
  await open('/mail?state=dead')
  await expect.poll(() => rows.count()).toBe(given.mails.length - 1)
  await open('/mail?state=waiting')
  await tab.getByText('Take a filter away.', { exact: true }).waitFor()
  await open('/users?q=nobody-like-this')
  await tab.getByText('Take a filter away, or search for something shorter.').waitFor()
  expect(wrong).toEqual([])
  await close()
})

test('a setting says what holds without it, and the import page what it understands', async () => {
  const { tab, open, wrong, close } = await sitDown(browser, house.url, owner)
  await open('/settings?q=registration')
  await tab.getByRole('switch', { name: 'Registration' }).press('Space')
  await tab.getByText('Default: on').waitFor()
  await house.admin.settings.set({ settings: { 'users.registration': null, 'email.verification': 'strict' } })
  await open('/settings?q=verification')
  await tab.getByText('From the options: everybody but newcomers').waitFor()
  await house.admin.settings.set({ settings: { 'email.verification': null } })
  await open('/settings?q=primary')
  expect(
    await tab
      .getByRole('main')
      .locator('code', { hasText: /^#2546d0$/ })
      .count(),
  ).toBe(1)
  await open('/import/new')
  await tab.getByText('ada@example.com,Ada,user,engines').waitFor()
  await look(tab, 'import-understood')
  expect(wrong).toEqual([])
  await close()
})

test('in Italian, settings, pages and roles have Italian words', async () => {
  const { tab, open, wrong, close } = await sitDown(browser, house.url, { ...owner, language: 'it' })
  await open('/settings?q=pages')
  for (const takes of [
    'una riga di al massimo 60 caratteri',
    'un colore come #2546d0',
    'un percorso della stessa origine come /logo.svg',
  ])
    await tab.getByText(takes, { exact: true }).waitFor()
  await open('/settings?q=email.verification')
  await tab.getByRole('combobox', { name: 'Verifica degli indirizzi' }).click()
  const choices = ['nessuno', 'tutti tranne i nuovi arrivati', 'tutti']
  await expect.poll(() => tab.getByRole('option').allInnerTexts()).toEqual(choices)
  await open('/templates/ui')
  const links = tab.getByRole('main').getByRole('row').getByRole('link')
  const named = await links.evaluateAll((all) => all.map((one) => [one.getAttribute('href')?.split('/').at(-1), one.textContent]))
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter(([page, name]) => page?.replaceAll('-', ' ') === name?.toLowerCase())).toEqual([])
  const [{ id = '' } = {}] = (await house.admin.users.list({ q: owner.identifier })).users
  await open(`/users/${id}`)
  await tab.getByText('owner (titolare), admin (amministratore)').first().waitFor()
  expect(wrong).toEqual([])
  await close()
})

test('in Italian, what the server refuses is said in Italian, with what it is about', async () => {
  const { tab, open, wrong, close } = await sitDown(browser, house.url, { ...owner, language: 'it' })
  await open('/templates/mail/verify-email?lang=it')
  await tab.getByRole('textbox', { name: 'Oggetto', exact: true }).fill('Ciao {nmae}')
  await tab.getByRole('main').getByRole('button', { name: 'Salva', exact: true }).click()
  const toast = tab
    .getByRole('alert')
    .filter({ hasText: 'Questo testo non si può usare nell’email. Nomina «nmae», che qui non c’è.' })
  await toast.waitFor()
  expect(await tab.getByText(/cannot be used|names|ICU/).count()).toBe(0)
  await tab.getByRole('textbox', { name: 'Oggetto', exact: true }).fill('')

  await open('/import/new')
  const file = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from('email,firstName\nada@example.com,"Ada\n') }
  await tab.locator('input[type="file"]').setInputFiles(file)
  await tab.getByLabel('Motivo').fill('trasloco')
  await tab.getByRole('button', { name: 'Controlla il file' }).click()
  await tab
    .getByText('Il file non si può leggere; nessuno è stato creato. Delle virgolette non sono chiuse, dopo la riga 1.')
    .waitFor()
  expect(wrong).toEqual([])
  await close()
})
