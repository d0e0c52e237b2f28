/**
 * A close look at a page: whether everybody can use it, light and dark, wide and narrow, and a picture of each for people to judge.
 *
 * @module
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Where a page is the next without being loaded anew, it is there already. */
const isThere = "'axe' in window"
const artefacts = fileURLToPath(new URL('artefacts/', import.meta.url))
mkdirSync(artefacts, { recursive: true })

/** WCAG 2.2 at levels A and AA, and what axe counsels besides. */
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** What hangs on the colours; the rest was judged in the light. */
const rulesOfColour = ['color-contrast', 'link-in-text-block']
const auditBy = (runOnly: readonly string[]) =>
  `axe.run({ runOnly: ${JSON.stringify(runOnly)} }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html)))`
const audits = { light: auditBy(tags), dark: auditBy(rulesOfColour) }

const narrowest = { width: 320, height: 640 }
const shots = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
]

/** Fails on whatever keeps people from using the page. */
export async function lookAt(page: Page, name: string): Promise<void> {
  if (!(await page.evaluate(isThere))) await page.evaluate(axe)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const size of shots) {
      await page.setViewportSize(size)
      await page.waitForTimeout(50) // until all of it has the colours and the width
      await page.screenshot({ path: `${artefacts}${name}-${colorScheme}-${size.width}.png`, animations: 'disabled' })
    }
    expect(await page.evaluate(audits[colorScheme]), `${name} in ${colorScheme}`).toEqual([])
  }
  await page.setViewportSize(narrowest)
  // What hangs from something is placed anew after the page was.
  const width = () => page.evaluate<number>('document.documentElement.scrollWidth')
  for (let tries = 0; tries < 40 && (await width()) > narrowest.width; tries += 1) await page.waitForTimeout(50)
  expect(await width(), `${name} scrolls sideways`).toBeLessThanOrEqual(narrowest.width)
}
