/**
 * The audit log as operators follow it, in Chromium on the built server.
 *
 * @module
 */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { launchChromium } from './chromium.ts'
import { createHouse, owner, sitDown } from './panel-house.ts'

const desk = createDesk()
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

test('the live audit log shows what happens meanwhile; a click anywhere on a row opens what changed, and so does the keyboard', async () => {
  const { tab, open, isTitled } = desks
  const id = await house.moveIn('rosa@example.com')
  await open(`/audit?userId=${id}`)
  await tab.getByRole('switch', { name: 'Live' }).click()
  await tab.waitForURL(/live=1/)
  const moved: string[] = []
  tab.on('framenavigated', (frame) => moved.push(frame.url()))
  await house.admin.users.update({ id, firstName: 'Rosa', lastName: 'Luxemburg' })
  const row = tab.getByRole('row').nth(1)
  await row.filter({ hasText: 'user.updated' }).waitFor()
  expect(moved).toEqual([])
  const [entry] = (await house.admin.audit.list({ action: 'identity.user.updated' })).entries
  expect(entry).toMatchObject({ userId: id, before: { firstName: null, lastName: null }, after: { firstName: 'Rosa' } })

  // In the middle of the row stand people, who have pages of their own.
  await row.getByRole('cell', { name: 'rosa@example.com' }).click()
  await tab.waitForURL(new RegExp(`/audit/${entry?.id}$`))
  await isTitled('user.updated')
  const differing = tab.getByRole('region', { name: 'Before and after' }).getByRole('row')
  expect((await differing.allInnerTexts()).map((text) => text.split(/\s*\t\s*/))).toEqual([
    ['Field', 'Before', 'After'],
    ['firstName', 'nothing', 'Rosa'],
    ['lastName', 'nothing', 'Luxemburg'],
  ])
  await tab.getByRole('link', { name: 'rosa@example.com' }).click()
  await isTitled('Rosa Luxemburg')

  await open(`/audit?userId=${id}&action=identity.user`)
  await tab.getByRole('searchbox', { name: 'Id of the user…' }).press('ArrowDown')
  await tab.keyboard.press('ArrowDown')
  await tab.keyboard.press('Enter')
  await isTitled('user.created')
})

test('the live audit log leaves nothing out, however much happened since it looked', async () => {
  const { tab, open } = desks
  const id = await house.moveIn('busy@example.com')
  await open(`/audit?userId=${id}&live=1`)
  await tab.getByRole('row').filter({ hasText: 'user.created' }).waitFor()
  const before = await tab.getByRole('row').count()
  const looks = /api\/audit\?.*after=/
  let seen = () => {}
  const happened = new Promise<void>((resolve) => {
    seen = resolve
  })
  await tab.route(looks, (route) => happened.then(() => route.continue()))
  for (let one = 0; one < 120; one += 1) await house.admin.users.update({ id, firstName: `Busy ${one}` })
  seen()
  await expect.poll(() => tab.getByRole('row').count()).toBe(before + 120)
  await tab.unroute(looks)
})
