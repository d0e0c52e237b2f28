/**
 * The panel of a house whose application brings its own signing keys, in Chromium on the built server.
 *
 * @module
 */
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isTitled, logIn, look, openPanel, type Panel } from './panel-desk.ts'

const pems = [1, 2].map(() => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))
let panel: Panel

beforeAll(async () => {
  panel = await openPanel(`signing: { keys: ${JSON.stringify(pems)} }`)
}, 60_000)
afterAll(() => panel?.clear())

test('of keys that the application gives the panel says where they are rotated, and offers to change none', async () => {
  const { tab, wrong, close } = await panel.sitDown()
  await tab.goto('/admin/keys')
  await logIn(tab)
  await isTitled(tab, 'Keys')
  const { keys } = await panel.admin.keys.list()
  expect(keys.map(({ state, isGiven }) => [state, isGiven])).toEqual([
    ['signing', true],
    ['verifying', true],
  ])

  const main = tab.getByRole('main')
  const why = main.getByRole('note').filter({ hasText: 'The application gives these keys' })
  await why.getByText('signing.keys', { exact: true }).waitFor()
  for (const { kid } of keys) expect(await tab.getByRole('row').filter({ hasText: kid }).count()).toBe(1)
  expect(await main.getByRole('button', { name: /Rotate|Retire/ }).count()).toBe(0)
  await look(tab, 'keys-given')

  await tab.getByRole('button', { name: 'Language' }).click()
  await tab.getByRole('menuitem', { name: 'Italiano' }).click()
  await main.getByRole('note').filter({ hasText: 'Queste chiavi le fornisce l’applicazione' }).waitFor()
  expect(await main.getByRole('button', { name: /Ruota|Ritira/ }).count()).toBe(0)
  expect(wrong).toEqual([])
  await close()
})
