/**
 * Operators at work in the panel: a real browser, the built server, and people whose names, devices and notes are hostile.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { createAdminClient } from '../../src/client.ts'
import { catalogues } from '../../src/messages/languages.ts'
import { launchChromium } from './chromium.ts'
import { lookAt } from './look.ts'

const operator = { identifier: 'operator@example.com', password: 'violet harbour lamp 42' }
const script = 'fedcba9876543210fedcba9876543210'
const password = 'correct horse battery'
const markup = '<img src=x onerror=alert(1)>"\'><script>alert(2)</script>'
const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

const desk = createDesk()
let browser: Browser
let url: string
/** A script of the operators, with their secret. */
let admin: ReturnType<typeof createAdminClient>
/** The id of the operator. */
let boss: string

beforeAll(async () => {
  browser = await launchChromium()
  const { cwd, dir } = desk.configured(`export default { admin: { secret: '${script}' }, http: { limits: false } }`)
  const env = { KEYWRIGHT_ADMIN_EMAIL: operator.identifier, KEYWRIGHT_ADMIN_PASSWORD: operator.password }
  url = (await desk.serve(dir, env, cwd)).url
  admin = createAdminClient({ baseUrl: url, secret: script })
  boss = (await admin.users.list({ limit: 1 })).users[0]?.id ?? ''
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await desk.clear()
})

/** Somebody's application asks in their name. */
async function app(path: string, { token, userAgent, body }: { token?: string | undefined; userAgent?: string; body?: object }) {
  const headers = {
    'content-type': 'application/json',
    'x-auth-strategy': 'bearer',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(userAgent !== undefined && { 'user-agent': userAgent }),
  }
  const answer = await fetch(url + path, body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers })
  return { status: answer.status, body: (await answer.json()) as { accessToken: string; user: { id: string } } }
}

/** Registers somebody, and logs them in on each of their devices. @returns the tokens of the devices */
async function people(email: string, more: object, devices: readonly string[]) {
  const { body } = await app('/auth/register', { body: { email, password, ...more } })
  const tokens: string[] = []
  for (const userAgent of devices) {
    const { body: login } = await app('/auth/login', { body: { identifier: email, password }, userAgent })
    tokens.push(login.accessToken)
  }
  return { id: body.user.id, tokens }
}

/** An operator at a desk: their window, and what a page wanted that its policy forbids. */
async function createOperator() {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', reducedMotion: 'reduce' })
  const tab = await context.newPage()
  const wrong: string[] = []
  tab.on('console', (line) => {
    if (line.text().includes('Content Security Policy')) wrong.push(line.text())
  })
  tab.on('pageerror', (error) => wrong.push(error.message))
  tab.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) wrong.push(`asked ${request.url()}`)
  })
  tab.on('dialog', (dialog) => {
    wrong.push(`a script said ${dialog.message()}`)
    return dialog.dismiss()
  })
  return { tab, wrong, close: () => context.close() }
}

async function logIn(tab: Page, secret: string): Promise<void> {
  const { fields, login } = catalogues.en.pages
  await tab.getByLabel(fields.identifier, { exact: true }).fill(operator.identifier)
  await tab.getByLabel(fields.password, { exact: true }).fill(secret)
  await tab.getByRole('button', { name: login.button }).click()
}

const isTitled = (tab: Page, name: string) => tab.getByRole('heading', { level: 1, name, exact: true }).waitFor()

/** Looks closely, and sits down at the desk again. */
async function look(tab: Page, name: string): Promise<void> {
  await lookAt(tab, `panel-${name}`)
  await tab.setViewportSize({ width: 1280, height: 800 })
}

const formula = '=HYPERLINK(A1)'
const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`
/** Column names and cells with markup and a formula, a row twice, somebody who is there already and somebody who cannot be. */
const hostileFile = [
  ['Mail', 'Nome', markup],
  ['ida@example.com', formula, markup],
  ['IDA@example.com', 'Ida', ''],
  ['team1@example.com', 'Somebody', ''],
  [markup, 'Nobody', ''],
  ['emil@example.com', '', markup],
]
  .map((cells) => `${cells.map(quoted).join(',')}\r\n`)
  .join('')

/** What the first device of each is answered. */
const statuses = (those: readonly { readonly tokens: readonly string[] }[]) =>
  Promise.all(those.map(async ({ tokens }) => (await app('/auth/me', { token: tokens[0] })).status))

test('AD-01: an operator comes in, finds somebody, sees their devices and throws one out; hostile names and devices stay words', async () => {
  const name = { firstName: 'Mary', lastName: markup }
  const mary = await people('mary@example.com', name, [phone, `Mozilla/5.0 ${markup} Firefox/140.0`])
  await admin.users.setMetadata({ id: mary.id, metadata: { [markup]: markup } })
  const { tab, wrong, close } = await createOperator()

  await tab.goto('/admin/users')
  await logIn(tab, 'wrong')
  await tab.getByRole('alert').waitFor()
  await look(tab, 'door')
  await logIn(tab, operator.password)
  await isTitled(tab, 'Users')

  await tab.getByRole('row').nth(2).waitFor()
  await tab.keyboard.press('/')
  await tab.keyboard.type('mary@')
  await tab.waitForURL(/q=mary/)
  await expect.poll(() => tab.getByRole('row').count()).toBe(2)
  await look(tab, 'users')
  await tab.getByRole('link', { name: `Mary ${markup}` }).click()
  await isTitled(tab, `Mary ${markup}`)
  await tab.getByRole('button', { name: 'Save' }).waitFor()
  await look(tab, 'user')
  await tab.getByRole('tab', { name: 'Metadata' }).click()
  await tab.locator('.cm-content').waitFor()
  await look(tab, 'user-metadata')

  await tab.getByRole('tab', { name: 'Devices' }).click()
  const onPhone = tab.getByRole('button', { name: 'Log out Safari on iOS' })
  await onPhone.waitFor()
  await look(tab, 'user-devices')
  expect((await app('/auth/me', { token: mary.tokens[0] })).status).toBe(200)
  await onPhone.click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
  await tab.getByText('The device is logged out').waitFor()
  const [onPhoneNow, elsewhere] = await Promise.all(mary.tokens.map((token) => app('/auth/me', { token })))
  expect([onPhoneNow?.status, elsewhere?.status]).toEqual([401, 200])
  const { entries } = await admin.audit.list({ action: 'identity.session.revoked', userId: mary.id })
  expect(entries.map(({ actor }) => actor.id)).toEqual([boss])

  expect(wrong).toEqual([])
  await close()
})

test('many at once: a team is counted and logged out, and people move in from a hostile file', async () => {
  const team = await Promise.all([1, 2, 3].map((n) => people(`team${n}@example.com`, {}, [phone])))
  const { tab, wrong, close } = await createOperator()
  await tab.goto('/admin/users?q=team')
  await logIn(tab, operator.password)
  await tab.getByLabel('Select all rows of this page').check()
  await tab.getByRole('button', { name: 'Do to these…' }).click()
  await tab.getByRole('menuitem', { name: 'Log out everywhere…' }).click()
  const dialog = tab.getByRole('dialog')
  await dialog.getByLabel('Reason').fill(markup)
  await dialog.getByRole('button', { name: 'Count first' }).click()
  await dialog.getByText('3 users will be hit.').waitFor()
  expect(await statuses(team)).toEqual([200, 200, 200])
  await look(tab, 'bulk-asked')
  await dialog.getByLabel('Type “3” to confirm').fill('3')
  await dialog.getByRole('button', { name: 'Log out everywhere: 3 users' }).click()
  await isTitled(tab, 'Log out everywhere')
  await expect.poll(() => tab.getByRole('row').filter({ hasText: 'Done' }).count()).toBe(3)
  expect(await statuses(team)).toEqual([401, 401, 401])
  await look(tab, 'bulk-run')
  const { entries } = await admin.audit.list({ action: 'identity.bulk.started', actor: boss })
  expect(entries.map(({ data }) => data)).toEqual([
    expect.objectContaining({ dryRun: false, reason: markup }),
    expect.objectContaining({ dryRun: true, reason: markup }),
  ])
  await tab.getByRole('link', { name: 'Acts on many' }).first().click()
  await isTitled(tab, 'Acts on many')
  await look(tab, 'bulk')

  await tab.getByRole('link', { name: 'Imports' }).click()
  await tab.getByRole('link', { name: 'New import' }).click()
  const buffer = Buffer.from(hostileFile)
  const choosing = tab.waitForEvent('filechooser')
  await tab.getByLabel('File', { exact: true }).click()
  await (await choosing).setFiles({ name: 'people.csv', mimeType: 'text/csv', buffer })
  await tab.getByRole('combobox', { name: `“${markup}” is` }).click()
  await tab.getByRole('option', { name: 'A note in the metadata' }).click()
  await tab.getByLabel('Reason').fill('moving day')
  await look(tab, 'import-new')
  await tab.getByRole('button', { name: 'Check the file' }).click()
  await isTitled(tab, 'moving day')
  await tab.getByRole('row').nth(5).waitFor()
  const judged = await Promise.all([1, 2, 3, 4, 5].map((n) => tab.getByRole('row').nth(n).innerText()))
  expect(judged.map((row) => row.split(/\s*[\t\n]\s*/).filter(Boolean))).toEqual([
    ['2', 'ida@example.com', 'Ready', '–'],
    ['3', 'ida@example.com', 'Refused', 'Address: an earlier row has the same name'],
    ['4', 'team1@example.com', 'Refused', 'Address: somebody has this name already'],
    ['5', '–', 'Refused', 'Address: this is no name to log in with'],
    ['6', 'emil@example.com', 'Ready', '–'],
  ])
  await look(tab, 'import-checked')
  expect((await admin.users.list({ q: 'ida@' })).users).toEqual([])
  await tab.getByRole('button', { name: 'Create 2 users' }).click()
  await dialog.getByLabel('Type “2” to confirm').fill('2')
  await dialog.getByRole('button', { name: 'Create 2 users' }).click()
  await expect.poll(() => tab.getByRole('row').filter({ hasText: 'Created' }).count()).toBe(2)
  await look(tab, 'import-done')

  await tab.goto('/admin/users?q=ida')
  await tab.getByRole('link', { name: formula }).waitFor()
  await tab.getByRole('button', { name: 'Export' }).click()
  const arriving = tab.waitForEvent('download')
  await tab.getByRole('menuitem', { name: 'As CSV, for spreadsheets' }).click()
  const lines = readFileSync(await (await arriving).path(), 'utf8')
    .trim()
    .split('\n')
  expect(lines).toHaveLength(2)
  expect(lines[1]).toContain(`,'${formula},`)

  expect(wrong).toEqual([])
  await close()
})
