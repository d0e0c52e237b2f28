/**
 * An operator changes what a mail says and sends themselves a test, in Chromium on the built server with a mail server beside it.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listeningMailServer } from '../flows/mail-server.ts'
import { isTitled, logIn, look, openPanel, operator, type Panel } from './panel-desk.ts'

let panel: Panel
let post: Awaited<ReturnType<typeof listeningMailServer>>

beforeAll(async () => {
  post = await listeningMailServer()
  panel = await openPanel(`mail: { from: 'House <house@example.com>', transport: '${post.url}' }`)
})
afterAll(async () => {
  await panel?.clear()
  await post?.close()
})

test('a mail is found by the palette, changed, looked at, saved, sent to whoever asks, and brought back', async () => {
  const { tab, wrong, close } = await panel.sitDown()
  await tab.goto('/admin')
  await logIn(tab)
  await isTitled(tab, 'Overview')
  await tab.keyboard.press('/') // where no list is to be searched
  await tab.locator('[role=dialog] input:focus').waitFor()
  await tab.keyboard.type('mail templ')
  await tab
    .getByRole('option', { name: 'Mail templates' })
    .or(tab.getByRole('button', { name: 'Mail templates' }))
    .first()
    .waitFor()
  await tab.keyboard.press('Enter')
  await isTitled(tab, 'Mail templates')
  await tab.getByRole('link', { name: 'Password changed' }).click()
  await isTitled(tab, 'Password changed')

  const subject = tab.getByRole('textbox', { name: 'Subject', exact: true })
  const before = await subject.inputValue()
  await subject.fill('<img src=x onerror=alert(1)> was changed')
  const preview = tab.getByRole('region', { name: 'Preview' })
  await preview.getByText('<img src=x onerror=alert(1)> was changed').waitFor()
  await tab.getByText('1 text is not saved').waitFor()
  await tab.getByRole('button', { name: 'Save', exact: true }).click()
  await tab.getByText('The mail is saved').waitFor()
  await look(tab, 'mail-changed')

  await tab.getByRole('button', { name: 'Send a test' }).click()
  const dialog = tab.getByRole('dialog', { name: 'Send a test' })
  await expect.poll(() => dialog.getByRole('textbox', { name: 'Address' }).inputValue()).toBe(operator.identifier)
  await dialog.getByRole('button', { name: 'Send', exact: true }).click()
  await tab.getByText(`A test is sent to ${operator.identifier}`).waitFor()
  await expect.poll(() => post.received.map(({ to }) => to)).toEqual([[operator.identifier]])
  expect(post.received[0]?.source).toContain('Subject: <img src=x onerror=alert(1)> was changed')

  await tab.getByRole('button', { name: 'Reset to default' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Reset to default' }).click()
  await tab.getByText('The default texts are back').waitFor()
  await expect.poll(() => subject.inputValue()).toBe(before)

  await tab.goto('/admin/audit')
  for (const what of ['mail-text.changed', 'mail.tested'])
    await tab.getByRole('link', { name: what, exact: true }).first().waitFor()
  expect(wrong).toEqual([])
  await close()
})
