/**
 * A logo on its way from an operator's disk to the pages people see, in Chromium on the built server.
 *
 * @module
 */
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confirmed, isTitled, logIn, look, openPanel, type Panel } from './panel-desk.ts'

/** How wide a picture is by itself, once it has come. */
const widthOf = (picture: Locator): Promise<number> =>
  picture.evaluate(async (img) => {
    const drawn = img as unknown as { decode(): Promise<void>; readonly naturalWidth: number }
    await drawn.decode()
    return drawn.naturalWidth
  })

let panel: Panel
beforeAll(async () => {
  panel = await openPanel()
}, 60_000)
afterAll(() => panel?.clear())

test('a logo is uploaded, shown on the pages of the house, kept while they show it, and deleted; what is no picture says so', async () => {
  const { tab, wrong, close } = await panel.sitDown()
  await tab.goto('/admin/pictures')
  await logIn(tab)
  await isTitled(tab, 'Pictures')
  await tab.getByText('No pictures yet').waitFor()
  const choose = (name: string, mimeType: string, buffer: Buffer) =>
    tab.locator('input[type=file]').setInputFiles({ name, mimeType, buffer })

  await choose('logo.svg.png', 'image/png', Buffer.from('<svg onload="alert(1)"/>'))
  await tab.getByText('This file is no PNG, JPEG, GIF or WebP.').waitFor()
  await choose('logo.png', 'image/png', await tab.locator('header, nav').first().screenshot())
  const row = tab.getByRole('row').filter({ hasText: '/auth/ui/assets/uploads/' })
  await row.getByRole('button', { name: /as the logo$/ }).click()
  await row.getByText('Logo', { exact: true }).waitFor()
  expect(await row.getByRole('button', { name: /^Delete/ }).count()).toBe(0)
  const drawn = row.locator('img')
  expect(await widthOf(drawn)).toBeGreaterThan(0)
  await look(tab, 'pictures-logo')

  const visitor = await panel.sitDown()
  await visitor.tab.goto('/auth/login')
  const logo = visitor.tab.locator('.app img')
  expect(await widthOf(logo)).toBeGreaterThan(0)
  await visitor.close()

  await row.getByRole('button', { name: 'Show no logo' }).click()
  await row.getByRole('button', { name: /^Delete/ }).click()
  await confirmed(tab, 'Delete')
  await tab.getByText('No pictures yet').waitFor()
  const { entries } = await panel.admin.audit.list({ limit: 20 })
  const acts = entries.map(({ action }) => action).filter((action) => /picture|setting/.test(action))
  expect(acts).toEqual([
    'identity.picture.deleted',
    'identity.setting.changed',
    'identity.setting.changed',
    'identity.picture.uploaded',
  ])
  expect([...wrong, ...visitor.wrong]).toEqual([])
  await close()
})
