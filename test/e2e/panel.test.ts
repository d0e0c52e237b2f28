/**
 * Operators at work in the panel: a real browser, the built server, and people whose names, devices and notes are hostile.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isTitled, logIn, look, openPanel, operator, type Panel, phone } from './panel-desk.ts'

const password = 'correct horse battery'
const markup = '<img src=x onerror=alert(1)>"\'><script>alert(2)</script>'

let panel: Panel
/** The id of the operator. */
let boss: string

beforeAll(async () => {
  panel = await openPanel()
  boss = (await panel.admin.users.list({ limit: 1 })).users[0]?.id ?? ''
})
afterAll(() => panel?.clear())

/** Registers somebody, and logs them in on each of their devices. @returns the tokens of the devices */
async function people(email: string, more: object, devices: readonly string[]) {
  const { body } = await panel.app('/auth/register', { body: { email, password, ...more } })
  const tokens: string[] = []
  for (const userAgent of devices) {
    const { body: login } = await panel.app('/auth/login', { body: { identifier: email, password }, userAgent })
    tokens.push(login.accessToken)
  }
  return { id: body.user.id, tokens }
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
  Promise.all(those.map(async ({ tokens }) => (await panel.app('/auth/me', { token: tokens[0] })).status))

test('AD-01: an operator comes in, finds somebody, sees their devices and throws one out; hostile names and devices stay words', async () => {
  const name = { firstName: 'Mary', lastName: markup }
  const mary = await people('mary@example.com', name, [phone, `Mozilla/5.0 ${markup} Firefox/140.0`])
  await panel.admin.users.setMetadata({ id: mary.id, metadata: { [markup]: markup } })
  const { tab, wrong, close } = await panel.sitDown()

  await tab.goto('/admin/users')
  await logIn(tab, { ...operator, password: 'wrong' })
  await tab.getByRole('alert').waitFor()
  await look(tab, 'door')
  await logIn(tab)
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
  expect((await panel.app('/auth/me', { token: mary.tokens[0] })).status).toBe(200)
  await onPhone.click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
  await tab.getByText('The device is logged out').waitFor()
  const [onPhoneNow, elsewhere] = await Promise.all(mary.tokens.map((token) => panel.app('/auth/me', { token })))
  expect([onPhoneNow?.status, elsewhere?.status]).toEqual([401, 200])
  const { entries } = await panel.admin.audit.list({ action: 'identity.session.revoked', userId: mary.id })
  expect(entries.map(({ actor }) => actor.id)).toEqual([boss])

  expect(wrong).toEqual([])
  await close()
})

test('many at once: a team is counted and logged out, and people move in from a hostile file', async () => {
  const team = await Promise.all([1, 2, 3].map((n) => people(`team${n}@example.com`, {}, [phone])))
  const { tab, wrong, close } = await panel.sitDown()
  await tab.goto('/admin/users?q=team')
  await logIn(tab)
  await tab.getByLabel('Select all rows of this page').check()
  await tab.getByRole('button', { name: 'Actions', exact: true }).click()
  await tab.getByRole('menuitem', { name: 'Log out everywhere…' }).click()
  const dialog = tab.getByRole('dialog')
  await dialog.getByLabel('Reason').fill(markup)
  await dialog.getByRole('button', { name: 'Count first' }).click()
  await dialog.getByText('3 users will be affected.').waitFor()
  expect(await statuses(team)).toEqual([200, 200, 200])
  await look(tab, 'bulk-asked')
  await dialog.getByLabel('Type “3” to confirm').fill('3')
  await dialog.getByRole('button', { name: 'Log out everywhere: 3 users' }).click()
  await isTitled(tab, 'Log out everywhere')
  await expect.poll(() => tab.getByRole('row').filter({ hasText: 'Done' }).count()).toBe(3)
  expect(await statuses(team)).toEqual([401, 401, 401])
  await look(tab, 'bulk-run')
  const { entries } = await panel.admin.audit.list({ action: 'identity.bulk.started', actor: boss })
  expect(entries.map(({ data }) => data)).toEqual([
    expect.objectContaining({ dryRun: false, reason: markup }),
    expect.objectContaining({ dryRun: true, reason: markup }),
  ])
  await tab.getByRole('link', { name: 'Bulk actions' }).first().click()
  await isTitled(tab, 'Bulk actions')
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
  await tab.getByRole('row').nth(5).getByText('emil@example.com').waitFor() // rows stand there empty until they come
  const judged = await Promise.all([1, 2, 3, 4, 5].map((n) => tab.getByRole('row').nth(n).innerText()))
  expect(judged.map((row) => row.split(/\s*[\t\n]\s*/).filter(Boolean))).toEqual([
    ['2', 'ida@example.com', 'Ready', '–'],
    ['3', 'ida@example.com', 'Refused', 'Address: an earlier row has the same name'],
    ['4', 'team1@example.com', 'Refused', 'Address: somebody has this name already'],
    ['5', `${markup.slice(0, 2)}…`, 'Refused', 'Address: this is no mail address'],
    ['6', 'emil@example.com', 'Ready', '–'],
  ])
  await look(tab, 'import-checked')
  expect((await panel.admin.users.list({ q: 'ida@' })).users).toEqual([])
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
