/**
 * Bundles the sources into few files: Node would read four hundred, and every command and every boot would wait for that.
 *
 *     node scripts/bundle.mjs folder
 *
 * What two entries share is a chunk of its own, so a class is one class whichever entry it comes from, and an entry loads nothing that its
 * source does not. Dependencies stay outside, and nothing is minified: a stack trace is read by people.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Every built file that the manifest names, and its source. */
const built = [...Object.values(exports), ...Object.values(bin)].map((entry) => entry.default ?? entry)
const names = built.flatMap((path) => /^\.\/dist\/(.+)\.js$/.exec(path)?.[1] ?? [])
const input = Object.fromEntries(names.map((name) => [name, join(root, `src/${name}.ts`)]))

await build({
  root,
  configFile: false,
  envDir: false,
  publicDir: false,
  logLevel: 'warn',
  build: {
    ssr: true,
    target: 'es2023',
    minify: false,
    outDir: process.argv[2],
    emptyOutDir: false,
    rolldownOptions: {
      input,
      preserveEntrySignatures: 'strict',
      // One folder down, as the sources are that read the panel and the documents beside them.
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
    },
  },
})
