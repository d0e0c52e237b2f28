/**
 * Takes the words for people out of the contracts in the bundle of the panel: they are for documents, and a refusal brings its own from the
 * server. It saves what every operator would load and nobody read.
 *
 * @module
 */
import type { Plugin } from 'vite'

const words = /\b(?:summary|description|title|detail|help):\s*(?:'(?:[^'\\]|\\.)*'|`[^`]*`),?/g

export const silentContracts: Plugin = {
  name: 'silent-contracts',
  enforce: 'pre',
  transform: {
    filter: { id: /\/src\/features\/[^/]+\/contract\.ts$/ },
    handler: (code) => ({ code: code.replace(words, ''), map: null }),
  },
}
