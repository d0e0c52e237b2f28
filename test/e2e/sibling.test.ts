/**
 * A host beside ours, in a real browser: what it plants and sends.
 *
 * @module
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDesk, freePort } from '../../src/cli/test-desk.ts'
import { launchChromium } from './chromium.ts'
import { createPerson } from './person.ts'

const desk = createDesk()
const password = 'correct horse battery'
let browser: Browser
let port: number
/** Chromium takes every name below `localhost` for this machine. */
let url: string

beforeAll(async () => {
  browser = await launchChromium()
  port = await freePort()
  url = `http://app.house.localhost:${port}`
  const args = ['serve', '--dev', '--port', String(port), '--base-url', url, '--data-dir', desk.folder()]
  await desk.start(args, { env: { KEYWRIGHT_LIMITS: 'off' } }).says('Stop with')
})
afterAll(async () => {
  await browser?.close()
  await desk.clear()
})

test('CS-04: a sibling host plants a CSRF token of ours and sends the same value: nothing of its victim changes, and the victim goes on', async () => {
  const victim = await createPerson(browser, { url, email: 'ada@example.com', language: 'en' })
  const { texts } = victim
  await victim.tab.goto('/auth/register')
  await victim.send({ [texts.fields.email]: 'ada@example.com', [texts.fields.password]: password }, texts.register.button)
  await victim.tab.waitForURL(/welcome/)
  await victim.tab.goto('/account')

  // A token that we signed ourselves: for somebody who is not logged in, as the attacker's own browser is given one.
  const stranger = await fetch(`http://127.0.0.1:${port}/auth/csrf`)
  const { csrfToken } = (await stranger.json()) as { csrfToken: string }
  const evil = `http://evil.house.localhost:${port}`
  await victim.tab
    .context()
    .route(`${evil}/**`, (route) =>
      route.fulfill({ contentType: 'text/html', body: pageOfEvil(`${url}/account/profile`, csrfToken) }),
    )
  await victim.tab.goto(`${evil}/prize`)
  const planted = (await victim.tab.context().cookies(url)).filter(({ value }) => value === csrfToken)
  expect(planted.map(({ domain }) => domain)).toEqual(['.house.localhost'])

  const answer = victim.tab.waitForResponse(`${url}/account/profile`)
  await victim.tab.getByRole('button', { name: 'A prize' }).click()
  expect((await answer).status()).toBe(403)
  await victim.tab.goto('/account')
  expect(await victim.tab.getByLabel(texts['account-profile'].firstName).inputValue()).toBe('')

  await victim.send({ [texts['account-profile'].firstName]: 'Ada' }, texts.account.save)
  await victim.tab.getByRole('status').getByText(texts['account-profile'].saved).waitFor()
  await victim.close()
})

const pageOfEvil = (action: string, token: string): string => `<title>A prize</title>
<form method="post" action="${action}">
<input name="csrf" value="${token}"><input name="firstName" value="Mallory"><input name="lastName" value=""><input name="locale" value="">
<button>A prize</button>
</form>
<script>document.cookie = 'keywright-csrf=${token}; domain=house.localhost; path=/'</script>`
