/**
 * Takes the pictures of the panel that README.md and the guide show: a demonstration, looked at by its owner, in light and dark.
 *
 *     node scripts/screenshots.mjs
 *
 * It needs a build and a Chromium, as test/e2e does. What is drawn is the same each time; days and hours are those of now.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const out = 'docs/images'
const mostBytes = 150_000
const executablePath = process.env.KEYWRIGHT_CHROMIUM ?? '/usr/bin/chromium'
const owner = { identifier: 'owner@example.com', password: 'violet harbour lamp 42' }

/** What is looked at: a path of the panel, and what has to be there before the picture is taken. */
const screens = [
  { name: 'overview', path: '/admin', ready: 'canvas', open: ['[aria-label="Hide this list"]'] },
  { name: 'users', path: '/admin/users', ready: 'tbody tr:nth-child(10)' },
  {
    name: 'user',
    path: '/admin/users?q=giulia',
    ready: 'h1:has-text("Giulia")',
    open: ['tbody tr a', '[role=tab]:has-text("Devices")'],
  },
]

const folder = mkdtempSync(join(tmpdir(), 'screenshots-'))
const port = await freePort()
const server = spawn(
  process.execPath,
  ['dist/cli/main.js', 'dev', '--demo', '--port', String(port), '--data-dir', join(folder, 'data')],
  {
    env: { ...process.env, KEYWRIGHT_ADMIN_EMAIL: owner.identifier, KEYWRIGHT_ADMIN_PASSWORD: owner.password },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
try {
  await says(server, 'Stop with')
  mkdirSync(out, { recursive: true })
  const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] })
  for (const colorScheme of ['light', 'dark']) await look(browser, colorScheme)
  await browser.close()
} finally {
  server.kill('SIGTERM')
  await once(server, 'close')
  rmSync(folder, { recursive: true, force: true })
}

async function look(browser, colorScheme) {
  const context = await browser.newContext({
    viewport: { width: 1180, height: 760 },
    colorScheme,
    locale: 'en-GB',
    timezoneId: 'UTC',
  })
  const page = await context.newPage()
  await page.goto(`http://127.0.0.1:${port}/admin`)
  await page.fill('[name=identifier]', owner.identifier)
  await page.fill('[name=password]', owner.password)
  await page.keyboard.press('Enter')
  await page.waitForSelector('nav')
  for (const { name, path, ready, open } of screens) {
    await page.goto(`http://127.0.0.1:${port}${path}`)
    for (const link of open ?? []) await page.locator(link).first().click()
    await page.waitForSelector(ready)
    await page.waitForSelector('.mantine-Skeleton-root', { state: 'detached' })
    await page.waitForLoadState('networkidle')
    await page.mouse.move(0, 0)
    const file = join(out, `panel-${name}-${colorScheme}.png`)
    await page.screenshot({ path: file, animations: 'disabled' })
    const { size } = statSync(file)
    if (size > mostBytes) throw new Error(`${file} has ${size} bytes, more than ${mostBytes}`)
    console.log(`${file}: ${Math.round(size / 1000)} kB`)
  }
  await context.close()
}

/** Waits until a process has said something. */
async function says(child, text) {
  let said = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += chunk
    if (said.includes(text)) return void child.stdout.resume()
  }
  throw new Error(`the server ended: ${said}`)
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}
