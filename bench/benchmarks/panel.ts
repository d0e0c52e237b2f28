import { gzipSync } from 'node:zlib'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { type Benchmark, type Figure, quantile, type Row, toFigures } from '../benchmark.ts'
import { startChild } from '../child.ts'
import { withPlaces } from '../databases.ts'
import { freePort } from '../ports.ts'

const executablePath = process.env.KEYWRIGHT_CHROMIUM ?? '/usr/bin/chromium'
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update']
/** How often a round does each thing; the slowest is its sample, since the 95th of 100 falls there. */
const repetitions = 10
const firstLoadKB = 300
const raw = 'the same list, fetched raw'

interface House {
  readonly url: string
  readonly identifier: string
  readonly password: string
}

/** Asked in the page for each picture it draws: who waits for an element by its name asks again after half a second only. */
const shows = (tab: Page, condition: string): Promise<unknown> =>
  tab.evaluate(`new Promise((resolve) => {
    const look = () => (${condition} ? resolve() : requestAnimationFrame(look))
    look()
  })`)
const text = (selector: string) => `document.querySelector('${selector}')?.textContent`
const fullList = `document.querySelectorAll('tbody tr').length > 40`

/** What an operator does, and when it is there; each begins where the one before ended. */
const acts: Readonly<Record<string, (tab: Page, turn: number) => Promise<unknown>>> = {
  async 'search, from the last key to the row'(tab, turn) {
    await tab.locator('[data-list-search]').fill(`person${turn}@`)
    await shows(tab, `${text('tbody tr:only-child')}?.includes('person${turn}@example.com')`)
  },
  async 'open a user'(tab) {
    await tab.locator('tbody tr').click()
    await shows(tab, `${text('[role=tabpanel]')}`)
  },
  async 'change the tab'(tab) {
    await tab.getByRole('tab', { name: 'Devices' }).click()
    await shows(tab, `document.querySelector('main').textContent.includes('Nobody is logged in')`)
  },
  async 'back to the list'(tab) {
    await tab.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Users' }).click()
    await shows(tab, fullList)
  },
  async 'the next page'(tab) {
    await tab.getByRole('button', { name: 'Next' }).click()
    await shows(tab, `location.search.includes('cursor=') && !document.querySelector('[data-stale]')`)
  },
  async 'the palette'(tab) {
    await tab.keyboard.press('Control+k')
    await shows(tab, `document.querySelector('[role=dialog] input')`)
  },
}

/** How long operators look at something that is not there yet. */
export const panel: Benchmark = {
  definition: `A server with 240 users on SQLite, and Chromium on the same machine, one operator at a time. "first load" is milliseconds from opening the address of the list of users until its rows stand there, logged in, with an empty cache of the browser and with one that has seen the panel, median; its size is all that is then fetched, in kB as gzip -9 makes them (the server sends them as brotli or gzip). What an operator does is in milliseconds until it can be read, 95 of 100 within (${repetitions} a round); a search waits a quarter of a second for the next key. They are compared with a page of the same list, fetched and parsed in the same browser and drawn by nobody.`,
  run: ({ rounds }) =>
    withPlaces(async ({ folder }) => {
      const child = await startChild<House>('panel-house', [`${folder}/panel.db`, `${await freePort()}`])
      const browser = await chromium.launch({ executablePath, args })
      try {
        const desk = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en', reducedMotion: 'reduce' })
        await logIn(desk, child.ready)
        const state = await desk.storageState()
        const fresh = () => browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en', storageState: state })
        return await measure(child.ready, desk, fresh, rounds)
      } finally {
        await browser.close()
        await child.close()
      }
    }),
}

async function measure(
  { url }: House,
  desk: BrowserContext,
  fresh: () => Promise<BrowserContext>,
  rounds: number,
): Promise<readonly Figure[]> {
  const samples = new Map<string, number[]>()
  const tab = await desk.newPage()
  for (let round = 0; round <= rounds; round++) {
    const cold = await fresh()
    const times: Record<string, number> = {
      'first load, empty cache': await load(await cold.newPage(), url),
      'first load, warm cache': await load(tab, url),
    }
    await cold.close()
    const each = new Map<string, number[]>()
    for (let turn = 0; turn < repetitions; turn++) {
      note(each, raw, await tab.evaluate(fetchRaw))
      for (const [name, act] of Object.entries(acts)) note(each, name, await msOf(() => act(tab, turn)))
      await load(tab, url)
    }
    for (const [name, values] of each) times[name] = quantile(values, 0.95)
    if (round > 0) for (const [name, value] of Object.entries(times)) note(samples, name, value)
  }
  const kB = await sizeOf(await fresh(), url)
  const row = (name: string): Row => (name === raw ? { name, unit: 'ms' } : { name, unit: 'ms', against: [raw] })
  return toFigures([
    [{ name: 'first load, size', unit: 'kB', target: { of: 'value', atMost: firstLoadKB } }, [kB]],
    ...[...samples].map(([name, values]) => [row(name), values] as const),
  ])
}

const note = (samples: Map<string, number[]>, name: string, value: number): void =>
  void samples.set(name, [...(samples.get(name) ?? []), value])

async function logIn(desk: BrowserContext, { url, identifier, password }: House): Promise<void> {
  const tab = await desk.newPage()
  await tab.goto(`${url}/admin/users`)
  await tab.fill('[name=identifier]', identifier)
  await tab.fill('[name=password]', password)
  await tab.keyboard.press('Enter')
  await tab.locator('tbody tr').nth(40).waitFor()
  await tab.close()
}

const load = (tab: Page, url: string): Promise<number> =>
  msOf(async () => {
    await tab.goto(`${url}/admin/users`, { waitUntil: 'commit' })
    await shows(tab, fullList)
  })

/** Runs in the page. */
const fetchRaw = `(async () => {
  const since = performance.now()
  await (await fetch('/admin/api/users?limit=50')).json()
  return performance.now() - since
})()`

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work()
  return performance.now() - since
}

/** What a first look fetches, in kB once it is compressed. */
async function sizeOf(context: BrowserContext, url: string): Promise<number> {
  const tab = await context.newPage()
  const bodies: Promise<Buffer>[] = []
  tab.on('response', (response) => bodies.push(response.body().catch(() => Buffer.alloc(0))))
  await load(tab, url)
  await tab.waitForLoadState('networkidle')
  const all = await Promise.all(bodies)
  await context.close()
  return all.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0) / 1000
}
