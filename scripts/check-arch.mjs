/**
 * Holds the house to its import rules, keeps globals in their place and prints budgets. The rules are rows in `arch/`.
 *
 *     node scripts/check-arch.mjs [--root folder]
 *
 * @module
 */

import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { importRules } from './arch/rules.mjs'
import { budgets, fileRules, treeRules } from './arch/source-rules.mjs'
import { isTest, readTree } from './arch/tree.mjs'

/** Rules that also bind tests and scripts: how a file is called and how long it is. */
const bindsEverybody = new Set(['a file is named for what is in it', 'a file has at most 500 lines'])

/**
 * Judges a checkout.
 *
 * @param root the folder that holds `package.json`
 * @returns faults as `{ rule, why, at }` and warnings as `{ rule, at }`; `at` is `path:line: what`
 */
export function judge(root) {
  const tree = readTree(root)
  const faults = []
  const warnings = []
  for (const file of tree.files) {
    for (const rule of [...importRules, ...fileRules]) {
      if (isTest(file.path) && !bindsEverybody.has(rule.name)) continue
      if (!rule.applies(file.path)) continue
      for (const at of rule.forbids(file, tree)) faults.push({ rule: rule.name, why: rule.why, at: `${file.path}:${at}` })
    }
    for (const budget of budgets) {
      if (!budget.applies(file.path)) continue
      for (const at of budget.warns(file)) warnings.push({ rule: budget.name, at: `${file.path}:${at}` })
    }
  }
  for (const rule of treeRules) {
    for (const at of rule.forbids(tree)) faults.push({ rule: rule.name, why: rule.why, at })
  }
  return { faults, warnings, files: tree.files.length }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { root: { type: 'string', default: process.cwd() } } })
  const { faults, warnings, files } = judge(values.root)
  for (const { rule, at } of warnings) console.log(`look at  ${at} (${rule})`)
  for (const { rule, why, at } of faults) console.log(`fault    ${at}\n         ${rule}: ${why}`)
  console.log(`${files} files, ${faults.length} faults, ${warnings.length} to look at`)
  process.exitCode = faults.length ? 1 : 0
}
