/**
 * A server with a panel, and operators who sit down at it in a real browser.
 *
 * @module
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { createDesk } from '../../src/cli/test-desk.ts'
import { createAdminClient } from '../../src/client.ts'
import { catalogues, type Language } from '../../src/messages/languages.ts'
import { launchChromium } from './chromium.ts'
import { lookAt } from './look.ts'

export const operator = { identifier: 'operator@example.com', password: 'violet harbour lamp 42' }
/** What a script of the operators shows. */
export const secret = 'fedcba9876543210fedcba9876543210'
export const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

/** Opens the built server on an empty database with one owner. @param options of `createAuth`, besides the panel's */
export async function openPanel(options = '') {
  const desk = createDesk()
  const browser = await launchChromium()
  const { cwd, dir } = desk.configured(`export default { admin: { secret: '${secret}' }, http: { limits: false }, ${options} }`)
  const env = { KEYWRIGHT_ADMIN_EMAIL: operator.identifier, KEYWRIGHT_ADMIN_PASSWORD: operator.password }
  const { url } = await desk.serve(dir, env, cwd)
  return {
    url,
    admin: createAdminClient({ baseUrl: url, secret }),
    app: (path: string, wish?: Wish) => app(url + path, wish),
    sitDown: () => openWindow(browser, url, { locale: 'en-GB' }),
    async clear(): Promise<void> {
      await browser.close()
      await desk.clear()
    },
  }
}

export type Panel = Awaited<ReturnType<typeof openPanel>>

/** In whose name, on which device and with what an application asks. */
interface Wish {
  readonly token?: string | undefined
  readonly userAgent?: string | undefined
  readonly body?: object
}

/** Somebody's application asks in their name. */
export async function app(url: string, { token, userAgent, body }: Wish = {}) {
  const headers = {
    'content-type': 'application/json',
    'x-auth-strategy': 'bearer',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(userAgent !== undefined && { 'user-agent': userAgent }),
  }
  const answer = await fetch(url, body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers })
  return { status: answer.status, body: (await answer.json()) as Answered }
}

/** What the server answers, as far as tests read it. */
interface Answered {
  readonly accessToken: string
  readonly user: { readonly id: string }
  readonly code?: string
  readonly status?: string
}

/** A window of an operator's own, what it asked the server for, and whatever went wrong in it. */
export async function openWindow(browser: Browser, url: string, traits: BrowserContextOptions) {
  const context = await browser.newContext({ baseURL: url, reducedMotion: 'reduce', ...traits })
  const tab = await context.newPage()
  return { tab, context, ...listenTo(tab, url), close: () => context.close() }
}

/** Hears what a page asks its server for, and what it must not do: errors, whatever its policy forbids, another host, scripts that speak. */
function listenTo(tab: Page, url: string) {
  const [wrong, asked]: [string[], string[]] = [[], []]
  tab.on('console', (line) => {
    // A refusal that a page shows is also a line of the browser's.
    if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) wrong.push(line.text())
  })
  tab.on('pageerror', (error) => wrong.push(error.message))
  tab.on('request', (request) => {
    if (request.url().startsWith(`${url}/`)) asked.push(`${request.method()} ${request.url().slice(url.length)}`)
    else if (!request.url().startsWith('data:')) wrong.push(`asked ${request.url()}`)
  })
  tab.on('dialog', (dialog) => {
    wrong.push(`a script said ${dialog.message()}`)
    return dialog.dismiss()
  })
  return { wrong, asked }
}

/** Comes in by the door. */
export async function logIn(tab: Page, who: typeof operator = operator, language: Language = 'en'): Promise<void> {
  const { fields, login } = catalogues[language].pages
  await tab.getByLabel(fields.identifier, { exact: true }).fill(who.identifier)
  await tab.getByLabel(fields.password, { exact: true }).fill(who.password)
  await tab.getByRole('button', { name: login.button }).click()
}

export const isTitled = (tab: Page, name: string) => tab.getByRole('heading', { level: 1, name, exact: true }).waitFor()

/** Looks closely, and sits down at the desk again. */
export async function look(tab: Page, name: string): Promise<void> {
  await lookAt(tab, `panel-${name}`)
  await tab.setViewportSize({ width: 1280, height: 800 })
}

/** What the panel says of an act, and the act itself, in the dialog that asks before. */
export async function confirmed(tab: Page, act: string): Promise<void> {
  await tab.getByRole('dialog').getByRole('button', { name: act, exact: true }).click()
}
