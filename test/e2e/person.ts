/**
 * Somebody with a browser and a mailbox, and what they can do: one step a method, each of which ends when its page is there.
 *
 * @module
 */
import type { Browser } from 'playwright-core'
import { expect, vi } from 'vitest'
import { product } from '../../src/kernel/product.ts'
import { catalogues, formatMessage, type Language } from '../../src/messages/languages.ts'
import { lookAt } from './look.ts'

/** Who it is. */
interface Traits {
  readonly url: string
  readonly email: string
  readonly language: Language
  /** Without it their browser runs no script, and pages are used but not looked at. */
  readonly script?: boolean
  /** What their browser says it is. */
  readonly userAgent?: string
}

interface InboxMessage {
  readonly to: string
  readonly subject: string
  readonly at: string
  readonly links: readonly string[]
  readonly code?: string
}

/** The pages with one button that links of mails lead to. */
type LinkPage = 'verify-email' | 'change-email' | 'revert-email' | 'restore-account'

/** {@link createPerson} in steps of a life. */
export type Person = Awaited<ReturnType<typeof createPerson>>

/** Opens a browser window of their own. */
export async function createPerson(browser: Browser, { url, email, language, script = true, userAgent }: Traits) {
  const context = await browser.newContext({
    baseURL: url,
    locale: language,
    javaScriptEnabled: script,
    ...(userAgent !== undefined && { userAgent }),
  })
  const tab = await context.newPage()
  const { pages: texts, refusals, mail } = catalogues[language]
  const forbidden: string[] = []
  tab.on('console', (line) => {
    if (line.text().includes('Content Security Policy')) forbidden.push(line.text())
  })
  tab.on('dialog', (dialog) => {
    forbidden.push(`a script said ${dialog.message()}`)
    return dialog.dismiss()
  })

  /** Waits for a page, and looks at it closely when it is seen for the first time. */
  const seen = new Set<string>()
  async function sees(title: string, name: string): Promise<void> {
    await tab.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
    if (script && !seen.has(name)) await lookAt(tab, `${language}-${name}`)
    seen.add(name)
  }

  /** Fills in fields by their labels and presses the one button. */
  async function send(fields: Readonly<Record<string, string>>, button: string): Promise<void> {
    for (const [label, value] of Object.entries(fields)) await tab.getByLabel(label, { exact: true }).fill(value)
    await tab.getByRole('button', { name: button, exact: true }).click()
  }

  /** The refusal of the page, which has the focus. */
  async function isTold(text: string): Promise<void> {
    const alert = tab.locator('[role=alert]:focus')
    await alert.waitFor()
    expect(await alert.innerText()).toContain(text)
  }

  /** Waits for a mail of that kind they have not read. */
  const read = new Set<string>()
  async function mailOf(template: keyof typeof mail, to = email) {
    const subject = formatMessage(mail[template].subject, language, { app: product.title })
    return vi.waitFor(async () => {
      const { messages } = (await (await fetch(`${url}/dev/inbox.json`)).json()) as { messages: readonly InboxMessage[] }
      const found = messages.find((one) => one.to === to && one.subject === subject && !read.has(one.at + subject))
      if (!found) throw new Error(`${to} has no new mail "${subject}"`)
      read.add(found.at + subject)
      return { link: found.links[0] ?? '', code: found.code ?? '' }
    }, 10_000)
  }

  /** Calls the API as the application would: with the cookies of this browser. */
  async function call(method: string, path: string, data: object): Promise<void> {
    const { csrfToken } = await (await context.request.get('/auth/csrf')).json()
    const headers = { origin: url, 'accept-language': language, 'x-csrf-token': csrfToken }
    const answer = await context.request.fetch(path, { method, data, headers })
    expect(answer.status(), await answer.text()).toBe(200)
  }

  return {
    tab,
    texts,
    refusals,
    /** What a page wanted and its own policy forbids, in the words of the browser. */
    forbidden,
    sees,
    send,
    isTold,
    mailOf,
    call,
    async register(password: string) {
      await tab.goto('/auth/register')
      await sees(texts.register.title, 'register')
      await send({ [texts.fields.email]: email, [texts.fields.password]: password }, texts.register.button)
    },
    async logIn(password: string) {
      await tab.goto('/auth/login')
      await sees(texts.login.title, 'login')
      await send({ [texts.fields.email]: email, [texts.fields.password]: password }, texts.login.button)
    },
    async isLoggedIn(as = email) {
      await sees(texts.welcome.title, 'welcome')
      await tab.getByText(as).waitFor()
    },
    async logOut() {
      await tab.goto('/auth/welcome')
      await send({}, texts.welcome.button)
      await sees(texts.welcome.doneTitle, 'logged-out')
    },
    async forgetPassword() {
      await tab.goto('/auth/login')
      await tab.getByRole('link', { name: texts.login.forgotten }).click()
      await sees(texts['forgot-password'].title, 'forgot')
      await send({ [texts['forgot-password'].email]: email }, texts['forgot-password'].button)
      await sees(texts['forgot-password'].sentTitle, 'forgot-sent')
    },
    /** Asks for another mail, from the page that says one is on its way. */
    async askForAnotherMail() {
      const { 'verify-email': proving, 'resend-verification': another } = texts
      await tab.getByRole('link', { name: proving.again }).click()
      await sees(another.title, 'resend')
      await send({ [another.email]: email }, another.button)
      await sees(another.sentTitle, 'resend-sent')
    },
    /** Types a code where the page before it offers to. */
    async typeCode(code: string) {
      const { 'verify-email': proving, 'resend-verification': another } = texts
      await tab.getByRole('link', { name: another.enter }).click()
      await sees(proving.title, 'verify-code')
      await send({ [proving.email]: email, [proving.code]: code }, proving.button)
    },
    /** Follows the link of a mail and presses the button of the page it leads to. */
    async confirm(page: LinkPage, link: string) {
      await tab.goto(link)
      await sees(texts[page].title, page)
      await send({}, texts[page].button)
    },
    async isDone(page: LinkPage) {
      await sees(texts[page].doneTitle, `${page}-done`)
    },
    async isLoggedOut() {
      await tab.goto('/auth/welcome')
      await sees(texts.login.title, 'login')
    },
    async choosePassword(password: string) {
      await sees(texts['reset-password'].title, 'reset')
      await send({ [texts['reset-password'].password]: password }, texts['reset-password'].button)
    },
    close: () => context.close(),
  }
}
