/**
 * Holds `src/library.css` to what is used: the component library brings a sheet for each component, and one that is forgotten is seen by
 * nobody until somebody opens the page that needs it.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Plugin } from 'vite'

const library = '@mantine/core'
const { resolve } = createRequire(import.meta.url)
const textOf = (specifier: string): string => readFileSync(resolve(specifier), 'utf8')

/** Where the sheet of a component begins in the library's own: rules of one weight are decided by their order. */
function placeOf(component: string, whole: string): number {
  const [firstClass] = textOf(`${library}/styles/${component}.layer.css`).match(/\.m_[0-9a-f]+/) ?? []
  return firstClass === undefined ? -1 : whole.indexOf(firstClass)
}

export const usedStyles: Plugin = {
  name: 'used-styles',
  apply: 'build',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((part) => (part.type === 'chunk' ? Object.entries(part.modules) : []))
    const used = modules.flatMap(([id, { renderedLength }]) => {
      const [, component] = /@mantine\/core\/.*\/(\w+)\.module\.mjs$/.exec(id) ?? []
      return component === undefined || renderedLength === 0 ? [] : [component]
    })
    const whole = textOf(`${library}/styles.layer.css`)
    const wanted = [...new Set(used)].sort((a, b) => placeOf(a, whole) - placeOf(b, whole))
    const imported = [...textOf('./src/library.css').matchAll(/core\/styles\/([A-Z]\w+)\.layer/g)].map(([, name]) => name)
    if (imported.join() === wanted.join()) return
    this.error(`admin/src/library.css must import the sheets of exactly these components, in this order: ${wanted.join(', ')}`)
  },
}
