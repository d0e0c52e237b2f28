import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const executablePath = process.env.KEYWRIGHT_CHROMIUM ?? '/usr/bin/chromium'
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * The browser of the system, with a profile of its own that ends with it.
 *
 * @throws Error where there is none: a lane that cannot look has not passed
 */
export async function launchChromium(): Promise<Browser> {
  if (!existsSync(executablePath))
    throw new Error(
      `there is no Chromium at ${executablePath}; install it with: apt-get install --no-install-recommends chromium fonts-dejavu-core, or name one in KEYWRIGHT_CHROMIUM`,
    )
  return chromium.launch({ executablePath, args })
}
