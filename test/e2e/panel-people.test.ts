/**
 * An owner looks after one user from their page, in Chromium on the built server.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confirmed, isTitled, logIn, look, openPanel, type Panel } from './panel-desk.ts'

let panel: Panel
const password = 'correct horse battery'

beforeAll(async () => {
  // Mail goes where nobody listens: what is owed waits, and nobody needs it here.
  panel = await openPanel(
    `mail: { from: 'House <house@example.com>', transport: 'smtp://127.0.0.1:9' }, email: { verification: 'lazy' }, users: { identifiers: ['email', 'username'] }`,
  )
})
afterAll(() => panel?.clear())

const register = async (email: string): Promise<string> =>
  (await panel.app('/auth/register', { body: { email, password, firstName: email.split('@')[0] } })).body.user.id

test('an owner verifies an address, demands a new password, gives a temporary one and a role, and finds it all under activity', async () => {
  const { admin } = panel
  const id = await register('ada@example.com')
  const { tab, wrong, close } = await panel.sitDown()
  await tab.goto(`/admin/users/${id}`)
  await logIn(tab)
  await isTitled(tab, 'ada')

  await tab.getByText('Not verified').waitFor()
  await look(tab, 'person-profile')
  await tab.getByRole('button', { name: 'Mark as verified' }).click()
  await confirmed(tab, 'Mark as verified')
  await tab.getByText('The address is verified').waitFor()
  await expect.poll(() => tab.getByText('Not verified').count()).toBe(0)
  expect((await admin.users.get({ id })).emailVerified).toBe(true)

  await tab.getByRole('combobox', { name: 'Role' }).fill('editor')
  await tab.getByRole('button', { name: 'Change the role' }).click()
  await tab.getByText('The role is changed').waitFor()
  expect((await admin.users.get({ id })).role).toBe('editor')
  await tab.getByRole('combobox', { name: 'Role' }).fill('support')
  await tab.keyboard.press('Escape')
  await tab.getByRole('button', { name: 'Change the role' }).click()
  await tab.getByRole('dialog').getByText('From “editor” to “support”').waitFor()
  await confirmed(tab, 'Change the role')
  await expect.poll(async () => (await admin.users.get({ id })).role).toBe('support')

  await tab.getByRole('tab', { name: 'Password' }).click()
  await tab.getByText('Set', { exact: true }).waitFor()
  await tab.getByText('argon2').waitFor()
  await tab.getByRole('button', { name: 'Give a temporary password…' }).click()
  await confirmed(tab, 'Give a temporary password')
  const dialog = tab.getByRole('dialog', { name: 'The temporary password' })
  const temporary = await dialog.locator('code').innerText()
  await look(tab, 'person-temporary')
  await dialog.getByRole('button', { name: 'Done' }).click()
  expect((await panel.app('/auth/login', { body: { identifier: 'ada@example.com', password } })).body.code).toBe(
    'invalid_credentials',
  )
  expect((await panel.app('/auth/login', { body: { identifier: 'ada@example.com', password: temporary } })).body.status).toBe(
    'factor_required',
  )
  await tab.getByText('Must be changed at the next login, since').waitFor()
  await tab.getByRole('button', { name: 'Require a new password by mail' }).click()
  await confirmed(tab, 'Require a new password by mail')
  await tab.getByRole('button', { name: 'Send the mail again' }).waitFor()
  await look(tab, 'person-password')
  expect(await admin.password.state({ id })).toMatchObject({ isSet: true, resetRequiredAt: expect.any(String) })

  await tab.getByRole('tab', { name: 'Activity' }).click()
  for (const what of ['user.created', 'user.email.verified', 'user.password.reset-required'])
    await tab.getByRole('link', { name: what, exact: true }).first().waitFor()
  await look(tab, 'person-activity')
  await tab.getByRole('link', { name: 'In the audit log' }).click()
  await tab.waitForURL(new RegExp(`/admin/audit\\?userId=${id}`))
  await isTitled(tab, 'Audit log')

  expect(wrong).toEqual([])
  await close()
})

test('who waits to be deleted is kept after all, and deleted for good once their address is typed', async () => {
  const { admin } = panel
  const email = 'ben@example.com'
  const id = await register(email)
  const { tab, wrong, close } = await panel.sitDown()
  const login = await fetch(`${panel.url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-strategy': 'bearer' },
    body: JSON.stringify({ identifier: email, password }),
  })
  const { accessToken } = (await login.json()) as { accessToken: string }
  await fetch(`${panel.url}/auth/account`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json', 'x-auth-strategy': 'bearer', authorization: `Bearer ${accessToken}` },
    body: '{}',
  })
  expect((await admin.account.departure({ id })).wishedBy).toBe('user')

  await tab.goto(`/admin/users/${id}`)
  await logIn(tab)
  await tab.getByText('This account is about to be deleted').waitFor()
  await look(tab, 'person-leaving')
  await tab.getByRole('button', { name: 'Keep it after all' }).click()
  await confirmed(tab, 'Keep it after all')
  await tab.getByText('The account stays').waitFor()
  await expect.poll(() => tab.getByText('This account is about to be deleted').count()).toBe(0)
  expect((await panel.app('/auth/login', { body: { identifier: email, password } })).status).toBe(200)

  await tab.getByRole('button', { name: 'More' }).click()
  const arriving = tab.waitForEvent('download')
  await tab.getByRole('menuitem', { name: 'Download all data' }).click()
  expect((await arriving).suggestedFilename()).toBe(`${id}.json`)
  await tab.getByRole('button', { name: 'More' }).click()
  await tab.getByRole('menuitem', { name: 'Delete…' }).click()
  const dialog = tab.getByRole('dialog')
  expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true)
  await dialog.getByLabel('Reason').fill('asked by phone')
  await dialog.getByLabel(`Type “${email}” to confirm`).fill(email)
  await look(tab, 'person-delete')
  await confirmed(tab, 'Delete')
  await isTitled(tab, 'Users')
  await tab.getByText('The user is deleted').waitFor()
  expect((await admin.users.get({ id }).result()).ok).toBe(false)
  const [gone] = (await admin.audit.list({ action: 'identity.user.deleted', userId: id })).entries
  expect(gone?.data).toMatchObject({ note: 'asked by phone' })

  expect(wrong).toEqual([])
  await close()
})

test('a page of rows asks once what its people are called', async () => {
  const ids = await Promise.all(['cleo', 'dora', 'emil'].map((name) => register(`${name}@example.com`)))
  const { tab, asked, wrong, close } = await panel.sitDown()
  await tab.goto('/admin/sessions')
  await logIn(tab)
  for (const name of ['cleo', 'dora', 'emil']) await tab.getByRole('link', { name, exact: true }).waitFor()
  const names = asked.filter((line) => line.includes('/api/users/names'))
  expect(names).toHaveLength(1)
  for (const id of ids) expect(names[0]).toContain(id)
  expect(asked.filter((line) => line.includes(`/api/users/${ids[0]}`))).toEqual([])
  await look(tab, 'sessions-names')
  expect(wrong).toEqual([])
  await close()
})

test('a view is what was asked for under a name: kept, opened again, renamed and let go', async () => {
  const { tab, wrong, context, close } = await panel.sitDown()
  await tab.goto('/admin/users?status=disabled&sort=identifier')
  await logIn(tab)
  await tab.getByRole('button', { name: 'Views' }).click()
  await tab.getByRole('menuitem', { name: 'Save this view…' }).click()
  await tab.getByRole('dialog').getByLabel('Name').fill('Locked out')
  await look(tab, 'views-keep')
  await tab.getByText('Views stay in this browser, for you alone.').waitFor()
  await confirmed(tab, 'Save')
  await tab.getByText('“Locked out” is saved in this browser').waitFor()
  await tab.getByRole('button', { name: 'Locked out' }).waitFor()

  await tab.goto('/admin/users')
  await tab.getByRole('button', { name: 'Views' }).click()
  await tab.getByRole('menuitem', { name: 'Locked out' }).click()
  await tab.waitForURL(/\/users\?(?=.*status=disabled)(?=.*sort=identifier)/)
  await tab.getByRole('button', { name: 'Locked out' }).click()
  await look(tab, 'views-menu')
  await tab.getByRole('menuitem', { name: 'Rename or delete…' }).click()
  const dialog = tab.getByRole('dialog')
  await dialog.getByLabel('Name of Locked out').fill('Nobody gets in')
  await dialog.getByRole('button', { name: 'Rename' }).click()
  await dialog.getByLabel('Name of Nobody gets in').waitFor()
  await look(tab, 'views-manage')

  const other = await context.newPage()
  await other.goto('/admin/users')
  await other.getByRole('button', { name: 'Views' }).click()
  await other.getByRole('menuitem', { name: 'Nobody gets in' }).waitFor()
  await dialog.getByRole('button', { name: 'Delete Nobody gets in' }).click()
  await tab.goto('/admin/users')
  await isTitled(tab, 'Users')
  await tab.getByRole('row').nth(1).waitFor()
  expect(await tab.getByRole('button', { name: 'Views' }).count()).toBe(0)

  expect(wrong).toEqual([])
  await close()
})

test('a session that ends keeps the form: a wrong password, then one that is owed, and what was typed is saved', async () => {
  const { admin } = panel
  const who = { identifier: 'gina@example.com', password }
  const [gina, hal] = [await register(who.identifier), await register('hal@example.com')]
  await admin.users.setRole({ id: gina, role: 'admin' })
  const { tab, wrong, close } = await panel.sitDown()
  await tab.goto(`/admin/users/${hal}`)
  await logIn(tab, who)
  await isTitled(tab, 'hal')
  await tab.getByLabel('Last name').fill('Incandenza')
  const { temporaryPassword } = await admin.password.reset({ id: gina })

  await tab.getByRole('button', { name: 'Save' }).click()
  const dialog = tab.getByRole('dialog', { name: 'Log in again' })
  await dialog.getByLabel('Address or username').fill(who.identifier)
  await dialog.getByRole('textbox', { name: 'Password' }).fill(password)
  await dialog.getByRole('button', { name: 'Log in' }).click()
  await dialog.getByText('The address or the password is wrong.').waitFor()
  await dialog.getByRole('textbox', { name: 'Password' }).fill(temporaryPassword)
  await dialog.getByRole('button', { name: 'Log in' }).click()
  const fresh = dialog.getByRole('textbox', { name: 'New password' })
  await fresh.fill('short')
  await dialog.getByRole('button', { name: 'Log in' }).click()
  await dialog.getByText('It is too short.').waitFor()
  await look(tab, 'relogin-owed')
  expect((await admin.users.get({ id: hal })).lastName).toBe(null)
  await fresh.fill('nineteen quiet herons')
  await dialog.getByRole('button', { name: 'Log in' }).click()

  await tab.getByText('The profile is saved').waitFor()
  expect(await tab.getByLabel('Last name').inputValue()).toBe('Incandenza')
  expect((await admin.users.get({ id: hal })).lastName).toBe('Incandenza')
  const [entry] = (await admin.audit.list({ action: 'identity.user.updated', userId: hal })).entries
  expect(entry?.actor.id).toBe(gina)

  expect(wrong).toEqual([])
  await close()
})
