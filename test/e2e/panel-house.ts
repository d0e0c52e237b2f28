/**
 * A house with people in it and its panel, below a path of its origin; and whoever sits at a desk before it.
 *
 * @module
 */
import type { Browser, Page } from 'playwright-core'
import { type createDesk, freePort } from '../../src/cli/test-desk.ts'
import { createAdminClient } from '../../src/client.ts'
import type { OperatorRight } from '../../src/kernel/contract/access.ts'
import type { Language } from '../../src/messages/languages.ts'
import { app, isTitled, logIn, openWindow, phone, secret } from './panel-desk.ts'

export const owner = { identifier: 'owner@example.com', password: 'violet harbour lamp 42' }
const sitePath = '/id'

/** A line of the list that the panel is made of, as far as it is looked at from outside. */
interface Screen {
  readonly path: string
  readonly label: Readonly<Record<Language, string>>
  readonly right: OperatorRight
  readonly feature?: string
  readonly pages: Readonly<Record<string, unknown>>
}

/** Something of the panel's source, which is written for browsers. */
const ofPanel = (path: string) => import(new URL(`../../admin/src/screens/${path}`, import.meta.url).href)
export const screens: readonly Screen[] = (await ofPanel('index.ts')).screens
export const tabsOfUser: readonly { readonly id: string }[] = (await ofPanel('users/tabs.ts')).tabs

/** Starts `dev --demo`; `options` is the text of a config file's further options. */
export async function createHouse(desk: ReturnType<typeof createDesk>, { options = '', demo = true } = {}) {
  const { cwd, dir } = desk.configured(`export default { admin: { secret: '${secret}' }, http: { limits: false }, ${options} }`)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}${sitePath}`
  const args = ['dev', ...(demo ? ['--demo'] : []), '--port', String(port), '--base-url', url, '--data-dir', dir]
  const env = { KEYWRIGHT_ADMIN_EMAIL: owner.identifier, KEYWRIGHT_ADMIN_PASSWORD: owner.password }
  await desk.start(args, { cwd, env }).says('Stop with')
  const admin = createAdminClient({ baseUrl: url, secret })

  /** Somebody who logs in once on each device. */
  async function moveIn(
    email: string,
    { role = 'user', devices = [phone] }: { role?: string; devices?: readonly string[] } = {},
  ) {
    const { password } = owner
    const registered = await app(`${url}/auth/register`, { body: { email, password }, userAgent: devices[0] })
    const { id } = registered.body.user
    for (const userAgent of devices.slice(1)) await app(`${url}/auth/login`, { body: { identifier: email, password }, userAgent })
    if (role !== 'user') await admin.users.setRole({ id, role })
    return id
  }

  return { url, admin, moveIn }
}

/** An operator at their desk: a window, logged in, and everything that went wrong in it. */
export async function sitDown(browser: Browser, url: string, who: { identifier: string; language?: Language; at?: string }) {
  const { identifier, language = 'en', at = '' } = who
  const { tab, wrong, close } = await openWindow(browser, url, { locale: language })
  await tab.goto(`${url}/admin${at}`)
  await logIn(tab, { ...owner, identifier }, language)
  await settled(tab)
  return {
    tab,
    wrong,
    /** Opens an address of the panel and waits until there is nothing left to come. */
    async open(path: string): Promise<void> {
      await tab.goto(`${url}/admin${path}`)
      await settled(tab)
    },
    /** Goes to an address as a link within the panel does: nothing is loaded anew. */
    async go(path: string): Promise<void> {
      await tab.evaluate(
        `history.pushState({}, '', ${JSON.stringify(`${url}/admin${path}`)}); dispatchEvent(new PopStateEvent('popstate'))`,
      )
    },
    /** Waits for a page by its title. */
    isTitled: (title: string) => isTitled(tab, title),
    close,
  }
}

/** Waits until a page has said what it has to say. */
export async function settled(tab: Page): Promise<void> {
  await tab.getByRole('heading', { level: 1 }).waitFor()
  await tab.locator('main [aria-busy="true"], main .mantine-Skeleton-root').first().waitFor({ state: 'detached' })
}
