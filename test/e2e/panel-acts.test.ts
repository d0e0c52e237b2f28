/**
 * What operators do with the house itself, in Chromium on the built server: whatever the panel says was done is asked for elsewhere too.
 *
 * @module
 */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { listeningMailServer } from '../flows/mail-server.ts'
import { launchChromium } from './chromium.ts'
import { app, confirmed } from './panel-desk.ts'
import { createHouse, owner, sitDown } from './panel-house.ts'

const desk = createDesk()
let browser: Browser
let house: Awaited<ReturnType<typeof createHouse>>
let post: Awaited<ReturnType<typeof listeningMailServer>>
/** What the mail server says to every reader; nothing while it takes their mail. */
let refusal: string | undefined
let desks: Awaited<ReturnType<typeof sitDown>>
/** The id of the owner. */
let boss: string

beforeAll(async () => {
  post = await listeningMailServer({
    onRcptTo: (_address, _session, done) =>
      done(refusal === undefined ? null : Object.assign(new Error(refusal), { responseCode: 554 })),
  })
  browser = await launchChromium()
  house = await createHouse(desk, { options: `mail: { from: 'House <house@example.com>', transport: '${post.url}' }` })
  boss = (await house.admin.users.list({ q: owner.identifier })).users[0]?.id ?? ''
})
afterAll(async () => {
  await browser?.close()
  await desk.clear()
  await post?.close()
})
beforeEach(async () => {
  refusal = undefined
  desks = await sitDown(browser, house.url, owner)
})
afterEach(async () => {
  expect(desks.wrong).toEqual([])
  await desks.close()
})

/** What the audit log has of one kind, the newest first. */
const log = async (action: string) => (await house.admin.audit.list({ action: `identity.${action}` })).entries
const publishedKeys = async () => {
  const answer = await fetch(`${house.url}/.well-known/jwks.json`)
  return ((await answer.json()) as { keys: readonly { kid: string }[] }).keys.map(({ kid }) => kid)
}

test('a signing key is made once the word is typed, and is published; the one before it retires, the last one is not offered to', async () => {
  const { tab, open } = desks
  const before = await publishedKeys()
  await open('/keys')
  await tab.getByRole('button', { name: 'Rotate', exact: true }).click()
  const dialog = tab.getByRole('dialog')
  const sure = dialog.getByRole('button', { name: 'Rotate', exact: true })
  const word = dialog.getByLabel('Type “rotate” to confirm')
  await word.fill('rotat')
  expect(await sure.isDisabled()).toBe(true)
  await word.press('Enter')
  expect(await publishedKeys()).toEqual(before)
  await word.fill('rotate')
  await sure.click()
  await tab.getByText('A new key is made').waitFor()
  await tab.getByRole('row').filter({ hasText: 'Will sign' }).waitFor()
  const [made = ''] = (await publishedKeys()).filter((kid) => !before.includes(kid))
  expect(await publishedKeys()).toHaveLength(before.length + 1)
  expect((await log('key.rotated')).map(({ actor, target }) => [actor.id, target])).toEqual([[boss, made]])

  const [old = ''] = before
  await tab.getByRole('button', { name: `Retire ${old}` }).click()
  await dialog.getByText('The next one signs in its place at once').waitFor()
  await dialog.getByLabel(`Type “${old.slice(0, 8)}” to confirm`).fill(old.slice(0, 8))
  await confirmed(tab, 'Retire')
  await tab.getByText('The key is retired').waitFor()
  await tab.getByRole('row').filter({ hasText: old }).filter({ hasText: 'Accepted' }).waitFor()
  expect((await log('key.retired')).map(({ actor, target }) => [actor.id, target])).toEqual([[boss, old]])
  expect(await publishedKeys()).toContain(old)
  await tab.getByRole('row').filter({ hasText: made }).filter({ hasText: 'Signs' }).waitFor()
  expect(await tab.getByRole('button', { name: /^Retire/ }).count()).toBe(0)
  const { keys } = await house.admin.keys.list()
  expect(keys.map(({ kid, state }) => [kid, state])).toEqual([
    [made, 'signing'],
    [old, 'verifying'],
  ])
})

test('a setting that is changed holds at once, for whoever comes next, and so does its reset', async () => {
  const { tab, open } = desks
  const arrive = async (name: string, password = owner.password) =>
    (await app(`${house.url}/auth/register`, { body: { email: `${name}@example.com`, password } })).body.code ?? 'in'
  await open('/settings?q=registration')
  expect(await arrive('early')).toBe('in')
  const registration = tab.getByRole('switch', { name: 'Registration' })
  await registration.press('Space')
  await tab.getByText('Registration: on → off').waitFor()
  expect(await arrive('late')).toBe('registration_closed')
  await tab.getByRole('button', { name: 'Reset Registration' }).click()
  await tab.getByText('Registration: off → on').waitFor()
  await expect.poll(() => registration.isChecked()).toBe(true)
  expect(await arrive('late')).toBe('in')

  await tab.getByRole('searchbox', { name: 'Name of a setting…' }).fill('minimum length')
  const length = tab.getByRole('textbox', { name: 'Minimum length' })
  await length.fill('7')
  await tab.getByRole('button', { name: 'Save Minimum length' }).click()
  await tab.getByRole('main').getByText('The least is 8.').waitFor()
  await length.fill('40')
  await length.press('Enter')
  await tab.getByText('Minimum length: 12 → 40').waitFor()
  expect(await arrive('short')).toBe('password_rejected')
  expect(await arrive('long', `${owner.password} and then some more`)).toBe('in')
  await house.admin.settings.set({ settings: { 'password.minLength': null } })

  const said = (await log('setting.changed')).map(({ actor, target, before, after }) => [actor.id, target, before, after])
  expect(said).toEqual([
    ['admin secret', 'password.minLength', 40, null],
    [boss, 'password.minLength', null, 40],
    [boss, 'users.registration', false, null],
    [boss, 'users.registration', null, false],
  ])
})

test('a mail that was given up is sent once somebody says so, alone or with all others, or thrown away', async () => {
  const { tab, open } = desks
  // What the demonstration has lost is thrown away by a script, so that all there is are these.
  const shown = await house.admin.mail.listQueue({ state: 'dead' })
  for (const { id } of shown.mails) await house.admin.jobs.drop({ id })
  refusal = '5.6.0 not today'
  const people = ['nora@example.com', 'olga@example.com', 'pina@example.com', 'quinn@example.com']
  for (const email of people) await house.moveIn(email)
  const dead = async () => (await house.admin.mail.listQueue({ state: 'dead' })).mails
  await expect.poll(async () => (await dead()).length).toBe(4)
  expect((await dead())[0]?.lastError).toContain('5.6.0')
  refusal = undefined
  const from = post.received.length
  const sent = () =>
    post.received
      .slice(from)
      .flatMap(({ to }) => to)
      .toSorted()

  await open('/mail?state=dead')
  const rows = tab.getByRole('row').filter({ hasText: 'Given up' })
  await rows.filter({ hasText: 'nora' }).getByRole('button', { name: 'Try again' }).click()
  await tab.getByText('One job is tried again').waitFor()
  await expect.poll(sent).toEqual(people.slice(0, 1))
  await rows.filter({ hasText: 'quinn' }).getByRole('button', { name: 'Throw away' }).click()
  await tab.getByRole('dialog').getByLabel('Type “throw away” to confirm').fill('throw away')
  await confirmed(tab, 'Throw away')
  await expect.poll(() => rows.count()).toBe(2)
  const dropped = (await log('job.dropped')).filter(({ actor }) => actor.kind === 'user')
  expect(dropped.map(({ actor, data }) => [actor.id, data])).toEqual([[boss, { kind: 'mail.send' }]])

  await open('/jobs')
  await tab.getByRole('link', { name: 'mail.send, Given up: 2' }).click()
  await tab.waitForURL(/kind=mail.send&state=dead/)
  const given = tab.getByRole('table', { name: 'Jobs', exact: true }).getByRole('row').filter({ hasText: 'Given up' })
  await expect.poll(() => given.count()).toBe(2)
  await tab.getByRole('button', { name: 'Try all again' }).click()
  await confirmed(tab, 'Try all again')
  await expect.poll(sent).toEqual(people.slice(0, 3))
  await expect.poll(() => given.count()).toBe(0)
  expect(await dead()).toEqual([])
  expect((await log('job.redriven')).map(({ actor, data }) => [actor.id, data])).toEqual([
    [boss, { redriven: 2 }],
    [boss, { redriven: 1 }],
  ])

  refusal = '5.1.1 nobody here'
  const address = 'rita@example.com'
  await house.moveIn(address)
  const suppressed = async () => (await house.admin.mail.listSuppressed()).addresses.map((one) => one.address)
  await expect.poll(suppressed).toEqual([address])
  await open('/mail/suppressed')
  await tab.getByRole('button', { name: `Send again: ${address}` }).click()
  await confirmed(tab, 'Send again')
  await tab.getByText(`${address} gets mail again`).waitFor()
  expect(await suppressed()).toEqual([])
})

test('the range of the overview stands in its address, and charts and tables follow it', async () => {
  const { tab, open } = desks
  const dayMs = 86_400_000
  const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)
  /** What the server counts of the last days. */
  const counted = async (days: number) =>
    (await house.admin.telemetry.daily({ from: dayOf(Date.now() - (days - 1) * dayMs), to: dayOf(Date.now()) })).days
  const registrations = async (days: number) => (await counted(days)).reduce((sum, day) => sum + day.registrations, 0)
  const drawn = (days: number) =>
    tab.getByRole('img', { name: new RegExp(`^Registrations, ${days} days\\. Registrations: \\d+`) })
  // Figures are written after an answer: those of whoever came before this look are waited for.
  const newest = async () => (await house.admin.telemetry.list({ event: 'identity.session.created', limit: 1 })).events[0]?.id
  await expect.poll(newest).toBe((await log('session.created'))[0]?.id)
  await open('')
  await drawn(30).waitFor()
  const numbers = tab.getByRole('region', { name: 'Logins and failures' })
  for (const days of [7, 90]) {
    await tab.getByRole('radio', { name: `${days} days` }).press('Space')
    await tab.waitForURL(new RegExp(`[?&]days=${days}\\b`))
    await drawn(days).waitFor()
    expect(await drawn(days).getAttribute('aria-label')).toContain(`Registrations: ${await registrations(days)}.`)
    if (days === 7) await tab.getByRole('button', { name: 'Logins and failures as a table' }).click()
    await expect.poll(() => numbers.getByRole('row').count()).toBe(days + 1)
    const rows = (await numbers.getByRole('row').allInnerTexts()).slice(1).map((row) => row.split('\t').slice(1).map(Number))
    expect(rows).toEqual((await counted(days)).map(({ logins, failures }) => [logins, failures]).toReversed())
  }
  await tab.reload()
  await expect.poll(() => numbers.getByRole('row').count()).toBe(91)
  expect(await tab.getByRole('radio', { name: '90 days' }).isChecked()).toBe(true)
})

test('on a phone the acts on a user stand in one row: the first as a button, the others under “More”, and tabs move sideways', async () => {
  const { tab, open } = desks
  const id = await house.moveIn('sara@example.com')
  const main = tab.getByRole('main')
  const standing = async () => (await house.admin.users.get({ id })).disabledAt !== null
  const choose = async (act: string) => {
    await main.getByRole('button', { name: 'More' }).click()
    await tab.getByRole('menuitem', { name: act, exact: true }).click()
  }
  const tops = (of: ReturnType<typeof tab.locator>) =>
    of.evaluateAll((those) => [...new Set(those.map((one) => Math.round(one.getBoundingClientRect().top)))])
  for (const width of [390, 320]) {
    await tab.setViewportSize({ width, height: 844 })
    await open(`/users/${id}?tab=metadata`)
    const acts = main.locator('.mantine-Button-root').filter({ hasText: /Log out everywhere|See as|Disable|More/ })
    await expect.poll(() => acts.allInnerTexts()).toEqual(['Log out everywhere', 'More'])
    expect(await tops(acts)).toHaveLength(1)
    expect(await tops(tab.getByRole('tab'))).toHaveLength(1)
    const endOfOpened = async () => {
      const opened = await tab.getByRole('tab', { name: 'Metadata' }).boundingBox()
      return (opened?.x ?? width) + (opened?.width ?? 0)
    }
    await expect.poll(endOfOpened).toBeLessThanOrEqual(width)
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
  }
  await choose('Disable')
  await tab.getByRole('dialog').getByLabel('Reason').fill('lost phone')
  await confirmed(tab, 'Disable')
  await tab.getByText('The user is disabled').waitFor()
  expect(await standing()).toBe(true)
  expect((await log('user.disabled'))[0]).toMatchObject({ actor: { id: boss }, userId: id, data: { reason: 'lost phone' } })
  await choose('Enable')
  await confirmed(tab, 'Enable')
  await tab.getByText('The user is enabled').waitFor()
  expect(await standing()).toBe(false)

  await tab.setViewportSize({ width: 1280, height: 800 })
  await main.getByRole('button', { name: 'See as this user' }).waitFor()
})

test('the name of a device is one line at a desk, and on a tablet no act is cut off beside it', async () => {
  const { tab, open } = desks
  await tab.setViewportSize({ width: 1280, height: 800 })
  await open('/sessions')
  const devices = tab.getByRole('table', { name: 'Sessions' }).locator('tbody td:nth-child(2) span')
  const lines = await devices.evaluateAll((names) => names.map((name) => [name.textContent, name.getClientRects().length]))
  expect(lines.filter(([name]) => name === 'Microsoft Edge on Windows').length).toBeGreaterThan(0)
  expect(lines.filter(([, count]) => count !== 1)).toEqual([])
  await tab.setViewportSize({ width: 820, height: 1180 })
  await tab.getByRole('button', { name: 'Log out Microsoft Edge on Windows' }).first().click()
  await confirmed(tab, 'Cancel')
})
