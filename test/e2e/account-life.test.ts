/**
 * The life of an account in a real browser, on the built server with a data folder of its own.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDesk } from '../../src/cli/test-desk.ts'
import { launchChromium } from './chromium.ts'
import { createPerson, type Person } from './person.ts'

const desk = createDesk()
const data = desk.folder()
let browser: Browser
let url: string

beforeAll(async () => {
  browser = await launchChromium()
  const server = await desk.serve(data, { KEYWRIGHT_LIMITS: 'off', KEYWRIGHT_EMAIL_VERIFICATION: 'strict' })
  url = server.url
})
afterAll(async () => {
  await browser?.close()
  await desk.clear()
})

test.concurrent.each([
  { language: 'en', script: true, by: 'link' },
  { language: 'it', script: true, by: 'code' },
  { language: 'en', script: false, by: 'code' },
  { language: 'it', script: false, by: 'link' },
] as const)('an account lives in pages in $language (script: $script)', async ({ language, script, by }) => {
  const email = `ada-${language}-${script ? 'script' : 'plain'}@example.com`
  const ada = await createPerson(browser, { url, email, language, script })
  await opensAccount(ada)
  await provesAddress(ada, by)
  await forgetsPassword(ada)
  await movesAndComesBack(ada, `new-${email}`)
  await leavesAndStays(ada)
  expect(ada.forbidden).toEqual([])
  await ada.close()
})

const passwords = ['correct horse battery', 'violet harbour lamp 42', 'amber meadow kettle 17'] as const

async function opensAccount(ada: Person): Promise<void> {
  const { texts, refusals } = ada
  await ada.register('password1234')
  await ada.isTold(refusals.password_rejected)
  await ada.sees(texts.register.title, 'register-refused')
  await ada.register(passwords[0])
  await ada.sees(texts.login.mailTitle, 'look-into-mail')
}

async function provesAddress(ada: Person, by: 'link' | 'code'): Promise<void> {
  const { texts, refusals } = ada
  const older = await ada.mailOf('verify-email')
  await ada.logIn(passwords[0])
  await ada.sees(texts.login.mailTitle, 'look-into-mail')
  await ada.askForAnotherMail()
  const newer = await ada.mailOf('verify-email')
  await ada.typeCode(newer.code === '000000' ? '000001' : '000000')
  await ada.isTold(texts['verify-email'].wrong)
  await ada.sees(texts['verify-email'].title, 'verify-code-refused')
  await ada.confirm('verify-email', older.link)
  await ada.isTold(refusals.ticket_rejected)
  await ada.sees(texts['verify-email'].title, 'verify-email-refused')
  if (by === 'link') await ada.confirm('verify-email', newer.link)
  else {
    await ada.askForAnotherMail()
    await ada.typeCode((await ada.mailOf('verify-email')).code)
  }
  await ada.isDone('verify-email')
  await ada.logIn(passwords[0])
  await ada.isLoggedIn()
  await ada.tab.goto('/auth/login')
  await ada.isLoggedIn()
  await ada.logOut()
}

async function forgetsPassword(ada: Person): Promise<void> {
  const { texts, refusals } = ada
  await ada.forgetPassword()
  const { link } = await ada.mailOf('reset-password')
  await ada.tab.goto(link)
  await ada.choosePassword('short')
  await ada.isTold(refusals.password_rejected)
  await ada.sees(texts['reset-password'].title, 'reset-refused')
  await ada.choosePassword(passwords[1])
  await ada.sees(texts['reset-password'].doneTitle, 'reset-done')
  await ada.tab.goto(link)
  await ada.choosePassword('violet harbour lamp 43')
  await ada.isTold(refusals.ticket_rejected)
  await ada.sees(texts['reset-password'].title, 'reset-used')
  await ada.mailOf('password-changed')

  await ada.logIn(passwords[0])
  await ada.isTold(refusals.invalid_credentials)
  await ada.sees(texts.login.title, 'login-refused')
  await ada.logIn(passwords[1])
  await ada.isLoggedIn()
}

/** As an application of one's own asks; the account pages have a test of their own. */
async function movesAndComesBack(ada: Person, newEmail: string): Promise<void> {
  await ada.call('POST', '/auth/email/change', { newEmail })
  await ada.confirm('change-email', (await ada.mailOf('change-email', newEmail)).link)
  await ada.isDone('change-email')
  await ada.tab.getByRole('link').click()
  await ada.isLoggedIn(newEmail)

  await ada.confirm('revert-email', (await ada.mailOf('email-changed')).link)
  await ada.isDone('revert-email')
  await ada.isLoggedOut()
  await ada.logIn(passwords[1])
  await ada.isTold(ada.refusals.invalid_credentials)
  await ada.tab.goto((await ada.mailOf('email-reverted')).link)
  await ada.choosePassword(passwords[2])
  await ada.logIn(passwords[2])
  await ada.isLoggedIn()
}

/** As an application of one's own asks, too. */
async function leavesAndStays(ada: Person): Promise<void> {
  await ada.call('DELETE', '/auth/account', {})
  await ada.isLoggedOut()
  await ada.logIn(passwords[2])
  await ada.isTold(ada.refusals.invalid_credentials)
  await ada.confirm('restore-account', (await ada.mailOf('account-deletion')).link)
  await ada.isDone('restore-account')
  await ada.logIn(passwords[2])
  await ada.isLoggedIn()
}

test.concurrent('the first admin logs in with the password of the note and chooses another; the box of mails can be read by everybody', async () => {
  const note = readFileSync(join(data, 'first-admin.txt'), 'utf8')
  const { password = '' } = /(?<password>[\w-]{20})\s*$/m.exec(note)?.groups ?? {}
  const admin = await createPerson(browser, { url, email: 'admin@local', language: 'en' })
  const { texts } = admin
  await admin.logIn(password)
  await admin.sees(texts['replace-password'].title, 'replace-password')
  await admin.send({ [texts['reset-password'].password]: 'violet harbour lamp 42' }, texts['replace-password'].button)
  await admin.isLoggedIn()
  await admin.tab.goto('/dev/inbox')
  await admin.sees('Inbox', 'inbox')
  expect(admin.forbidden).toEqual([])
  await admin.close()
})

test.concurrent('CS-05: a form of another site, in a real browser, neither logs it in nor makes an account', async () => {
  const context = await browser.newContext()
  const tab = await context.newPage()
  await context.route('http://evil.example/**', (route) => route.fulfill({ contentType: 'text/html', body: formOfEvil }))
  for (const path of ['/auth/register/form', '/auth/login/form']) {
    await tab.goto(`http://evil.example/?to=${url}${path}`)
    const answer = tab.waitForResponse(url + path)
    await tab.getByRole('button').click()
    expect((await answer).status()).toBe(403)
  }
  expect((await context.cookies(url)).map(({ name }) => name)).toEqual(['keywright-csrf'])
  await context.close()
})

const formOfEvil = `<form method="post">
<input name="identifier" value="mallory@example.com"><input name="password" value="correct horse battery"><button>A prize</button>
</form>
<script>document.forms[0].action = new URLSearchParams(location.search).get('to')</script>`
