/**
 * The pages of somebody's own account in a real browser: used without script, and looked at with one.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { launchChromium } from './chromium.ts'
import { createPerson, type Person } from './person.ts'

const desk = createDesk()
let browser: Browser
let url: string

beforeAll(async () => {
  browser = await launchChromium()
  url = (await desk.serve(desk.folder(), { KEYWRIGHT_LIMITS: 'off' })).url
})
afterAll(async () => {
  await browser?.close()
  await desk.clear()
})

const passwords = ['correct horse battery', 'violet harbour lamp 42', 'amber meadow kettle 17'] as const
const markup = '<img src=x onerror=alert(1)>'
const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

/** Goes there by the navigation. */
const turnTo = ({ tab, texts }: Person, section: 'profile' | 'password' | 'devices' | 'activity' | 'data' | 'deletion') =>
  tab.getByRole('navigation').getByRole('link', { name: texts.account[section], exact: true }).click()

const isSaid = ({ tab }: Person, text: string) => tab.getByRole('status').getByText(text).waitFor()

test.concurrent('somebody looks after their account without script: profile, password, devices, activity, data, and goes', async () => {
  const email = 'grace@example.com'
  const grace = await createPerson(browser, { url, email, language: 'en', script: false })
  const { texts, tab } = grace
  await grace.register(passwords[0])
  await tab.getByRole('link', { name: texts.account.area }).click()
  await grace.sees(texts['account-profile'].title, 'account')
  const names = { [texts['account-profile'].firstName]: 'Grace', [texts['account-profile'].lastName]: markup }
  await grace.send(names, texts.account.save)
  await isSaid(grace, texts['account-profile'].saved)
  expect(await tab.getByLabel(texts['account-profile'].lastName).inputValue()).toBe(markup)

  await turnTo(grace, 'password')
  const { currentPassword, wrongPassword } = texts.account
  const fresh = { [texts['reset-password'].password]: passwords[1] }
  await grace.send({ [currentPassword]: 'wrong', ...fresh }, texts['account-password'].button)
  await grace.isTold(wrongPassword)
  await grace.send({ [currentPassword]: passwords[0], ...fresh }, texts['account-password'].button)
  await isSaid(grace, texts['account-password'].saved)

  await turnTo(grace, 'data')
  await tab.getByLabel(currentPassword).fill(passwords[1])
  const arriving = tab.waitForEvent('download')
  await tab.getByRole('button', { name: texts['account-data'].button }).click()
  const file = await arriving
  expect(file.suggestedFilename()).toBe('account-data.json')
  expect(JSON.parse(readFileSync(await file.path(), 'utf8')).data).toHaveProperty('users')

  const other = await createPerson(browser, { url, email, language: 'en', script: false, userAgent: phone })
  await other.logIn(passwords[1])
  await turnTo(grace, 'devices')
  await tab.getByRole('button', { name: /Safari on iOS/ }).click()
  await isSaid(grace, texts['account-devices'].ended)
  await other.isLoggedOut()
  await other.logIn(passwords[1])
  await turnTo(grace, 'activity')
  await tab
    .getByRole('link', { name: /This wasn’t me: Logged in/ })
    .first()
    .click()
  await grace.send({}, texts['not-me'].button)
  await grace.sees(texts['not-me'].doneTitle, 'locked')
  await other.isLoggedOut()
  await tab.goto((await grace.mailOf('not-me')).link)
  await grace.choosePassword(passwords[2])

  await tab.goto('/account/deletion')
  await grace.send({ [texts.fields.email]: email, [texts.fields.password]: passwords[2] }, texts.login.button)
  await grace.send({ [currentPassword]: passwords[2] }, texts['account-deletion'].button)
  await grace.sees(texts['account-deletion'].waitsTitle, 'left')
  await grace.isLoggedOut()
  expect([...grace.forbidden, ...other.forbidden]).toEqual([])
  await grace.close()
  await other.close()
})

test.concurrent('AD-01: everybody can use the pages of an account, light and dark, wide and narrow, and markup in them is text', async () => {
  const email = 'mary@example.com'
  const mary = await createPerson(browser, { url, email, language: 'en' })
  const { texts, tab } = mary
  await mary.register(passwords[0])
  for (const userAgent of [phone, `Mozilla/5.0 ${markup} Firefox/140.0`]) {
    const other = await createPerson(browser, { url, email, language: 'en', script: false, userAgent })
    await other.logIn(passwords[0])
    await other.close()
  }
  await tab.goto('/account')
  const names = { [texts['account-profile'].firstName]: 'Mary', [texts['account-profile'].lastName]: markup }
  await mary.send(names, texts.account.save)
  await isSaid(mary, texts['account-profile'].saved)
  await mary.sees(texts['account-profile'].title, 'account-profile')
  await turnTo(mary, 'password')
  const fresh = { [texts['reset-password'].password]: 'short' }
  await mary.send({ [texts.account.currentPassword]: passwords[0], ...fresh }, texts['account-password'].button)
  await mary.sees(texts['account-password'].title, 'account-password-refused')
  for (const section of ['devices', 'activity', 'data', 'deletion'] as const) {
    await turnTo(mary, section)
    await mary.sees(texts[`account-${section}`].title, `account-${section}`)
  }
  await turnTo(mary, 'activity')
  await tab
    .getByRole('link', { name: /This wasn’t me: Logged in/ })
    .first()
    .click()
  await mary.sees(texts['not-me'].title, 'account-not-me')
  expect(mary.forbidden).toEqual([])
  await mary.close()
})
