/**
 * `npm run check`: everything that can be judged without running the product. Steps are rows; the last line counts them.
 *
 * @module
 */
import { readdirSync } from 'node:fs'
import { runSteps } from './run-steps.mjs'

const node = process.execPath
const script = (name, ...args) => [node, `scripts/${name}.mjs`, ...args]

/** Every project that is checked rather than built: one more `tsconfig.<name>.json` is one more step. */
const projects = readdirSync('.').filter(
  (file) => /^tsconfig(\.[a-z-]+)?\.json$/.test(file) && !/\.(base|build)\.json$/.test(file),
)

const steps = [
  ...projects.map((project) => ({
    name: `types, TypeScript 7, ${project}`,
    command: [node, 'node_modules/ts7/bin/tsc', '-p', project],
  })),
  { name: 'types, TypeScript 6', command: [node, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'] },
  { name: 'format and lint', command: ['node_modules/.bin/biome', 'check', '.'] },
  { name: 'architecture', command: script('check-arch') },
  { name: 'picture of features', command: script('feature-graph', '--check') },
  { name: 'build', command: script('build') },
  { name: 'docs', command: script('check-docs'), after: 'build' },
  { name: 'package', command: script('check-package'), after: 'build' },
  { name: 'OpenAPI', command: script('check-openapi'), after: 'build' },
]

const { passed, failed } = await runSteps(steps)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
