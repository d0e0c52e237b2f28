/**
 * Draws the picture of features in ARCHITECTURE.md from what each feature says it needs.
 *
 *     node scripts/feature-graph.mjs           draws
 *     node scripts/feature-graph.mjs --check   fails when the picture is not what would be drawn
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { readTree } from './arch/tree.mjs'

const page = 'ARCHITECTURE.md'
const [begin, end] = ['<!-- features:begin, drawn by scripts/feature-graph.mjs -->', '<!-- features:end -->']

/** A Mermaid graph: an arrow points from a feature to one it needs. */
function draw(needs) {
  const features = [...needs.keys()].sort()
  const arrows = features.flatMap((feature) => {
    const needed = [...needs.get(feature)].sort()
    return needed.length > 0 ? needed.map((name) => `  ${feature} --> ${name}`) : [`  ${feature}`]
  })
  return ['```mermaid', 'graph LR', ...arrows, '```'].join('\n')
}

const text = readFileSync(page, 'utf8')
const [before, rest = ''] = text.split(begin)
const after = rest.split(end)[1]
if (after === undefined) throw new Error(`${page} has no place for the picture between ${begin} and ${end}`)

const drawn = `${before}${begin}\n${draw(readTree(process.cwd(), ['src/features']).needs)}\n${end}${after}`
if (!process.argv.includes('--check')) writeFileSync(page, drawn)
else if (drawn !== text) {
  console.log(`the picture in ${page} is out of date: run "node scripts/feature-graph.mjs"`)
  process.exitCode = 1
}
