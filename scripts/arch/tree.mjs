/**
 * Reads the sources once, so that every rule can ask the same questions: who imports whom, what is declared, what is called.
 *
 * With `verbatimModuleSyntax` only `import type` and `export type` vanish; `import { type A }` still loads the module, so it counts as
 * a runtime import here.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

const skipped = new Set(['node_modules', 'dist', 'tmp', 'coverage'])
const source = /\.(ts|tsx|mjs)$/

/** Test files and the kits beside them: the rules about the product do not bind them. */
export const isTest = (path) => /\.test\.(ts|mjs)$/.test(path) || /(^|\/)test-[^/]*\.ts$/.test(path) || path.startsWith('test/')

function list(root, folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : list(root, path)
    return source.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : []
  })
}

/** Calls `visit` on a node and everything below it. */
export function walk(node, visit) {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

function importOf(node) {
  if (ts.isImportDeclaration(node)) return [node.moduleSpecifier, node.importClause?.isTypeOnly === true]
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) return [node.moduleSpecifier, node.isTypeOnly]
  if (ts.isImportTypeNode(node)) return [node.argument.literal, true]
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return [node.arguments[0], false]
  return undefined
}

function importsOf(ast, path, product) {
  const imports = []
  walk(ast, (node) => {
    const [specifier, typeOnly] = importOf(node) ?? []
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const line = ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1
    imports.push({ specifier: specifier.text, typeOnly, line, target: targetOf(specifier.text, path, product) })
  })
  return imports
}

/** A path of ours for relative and self-referencing specifiers, the specifier itself for a package. */
function targetOf(specifier, path, product) {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier)
  if (specifier === product) return 'src/index.ts'
  return specifier.startsWith(`${product}/`) ? `src/${specifier.slice(product.length + 1)}.ts` : specifier
}

/** The package a specifier belongs to: `hono/router` is `hono`, `@hono/node-server/x` is `@hono/node-server`. */
export const packageOf = (specifier) =>
  specifier.startsWith('@') ? specifier.split('/', 2).join('/') : specifier.split('/', 1)[0]

/** The feature a path belongs to, if any. */
export const featureOf = (path) => /^src\/features\/([^/]+)\//.exec(path)?.[1]

/** The folders a feature's declaration names in `needs` and `wants`. */
function needsOf(file) {
  const names = []
  walk(file.ast, (node) => {
    if (!ts.isPropertyAssignment(node) || !['needs', 'wants'].includes(node.name.getText(file.ast))) return
    if (ts.isObjectLiteralExpression(node.initializer))
      names.push(...node.initializer.properties.map((property) => property.name.text))
  })
  return names.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`))
}

/**
 * Reads a checkout.
 *
 * @param root the folder that holds `package.json`
 * @returns every source file with its syntax tree and imports, the manifest, and `needs` by feature
 */
export function readTree(root, folders = ['src', 'admin', 'test', 'scripts', 'bench', 'examples']) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const files = folders
    .flatMap((folder) => list(root, folder))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
      return { path, text, ast, imports: importsOf(ast, path, manifest.name) }
    })
  const byPath = new Map(files.map((file) => [file.path, file]))
  const needs = new Map()
  for (const file of files) {
    const feature = featureOf(file.path)
    if (feature && file.path === `src/features/${feature}/index.ts`) needs.set(feature, needsOf(file))
  }
  return { root, manifest, files, byPath, needs }
}

/** The first cycle in a graph as a list of nodes, or `undefined`. */
export function findCycle(nodes, edgesOf) {
  const done = new Set()
  const visit = (node, trail) => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node]
    if (done.has(node)) return undefined
    for (const next of edgesOf(node)) {
      const cycle = visit(next, [...trail, node])
      if (cycle) return cycle
    }
    done.add(node)
    return undefined
  }
  for (const node of nodes) {
    const cycle = visit(node, [])
    if (cycle) return cycle
  }
  return undefined
}
