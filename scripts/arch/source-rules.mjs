/**
 * Rules about what a file does rather than whom it imports: globals, names, sizes; and rules about the tree as a whole.
 *
 * @module
 */
import ts from 'typescript'
import { featureOf, findCycle, walk } from './tree.mjs'

const outside = (path, places) => !places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))
const inSource = (path) => path.startsWith('src/')

const ambient = 'src/kernel/ambient/'
const cli = 'src/cli/'
const client = ['src/client.ts', 'src/client/']

/** The touch-points with the outside: how each is spelt, and the only places that may spell it. */
export const globals = [
  {
    name: 'Date.now',
    matches: (node, text) => ts.isPropertyAccessExpression(node) && text(node) === 'Date.now',
    places: [ambient, cli],
  },
  {
    name: 'new Date()',
    matches: (node, text) => ts.isNewExpression(node) && text(node.expression) === 'Date' && !node.arguments?.length,
    places: [ambient, cli],
  },
  {
    name: 'Math.random',
    matches: (node, text) => ts.isPropertyAccessExpression(node) && text(node) === 'Math.random',
    places: [],
  },
  {
    name: 'process.env',
    matches: (node, text) => ts.isPropertyAccessExpression(node) && text(node) === 'process.env',
    places: [ambient, cli],
  },
  {
    name: 'console',
    matches: (node, text) => ts.isPropertyAccessExpression(node) && text(node.expression) === 'console',
    places: [ambient, cli],
  },
  { name: 'fetch', matches: isFreeName('fetch'), places: [ambient, cli, ...client] },
  { name: 'crypto', matches: isFreeName('crypto'), places: ['src/kernel/crypto/'] },
  { name: 'node:crypto', matches: isModule('node:crypto', 'crypto'), places: ['src/kernel/crypto/'] },
  { name: 'node:vm', matches: isModule('node:vm', 'vm'), places: [] },
  { name: 'eval', matches: isFreeName('eval'), places: [] },
  { name: 'new Function', matches: (node, text) => ts.isNewExpression(node) && text(node.expression) === 'Function', places: [] },
]

/** A name read from the global scope: called, passed on, or reached through `globalThis`; not a property or a parameter of that name. */
function isFreeName(name) {
  return (node, text) => {
    if (ts.isPropertyAccessExpression(node)) return text(node) === `globalThis.${name}`
    if (!ts.isIdentifier(node) || node.text !== name) return false
    const { parent } = node
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return true
    if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
    return (
      (ts.isBinaryExpression(parent) || ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) &&
      parent.name !== node
    )
  }
}

function isModule(...names) {
  return (node) =>
    ts.isStringLiteralLike(node) &&
    names.includes(node.text) &&
    (ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent) || ts.isCallExpression(node.parent))
}

const lineOf = (file, node) => file.ast.getLineAndCharacterOfPosition(node.getStart(file.ast)).line + 1

/** Lines of a file on which `matches` holds. */
function linesWhere(file, matches) {
  const lines = []
  const text = (node) => node.getText(file.ast)
  walk(file.ast, (node) => matches(node, text) && lines.push(lineOf(file, node)))
  return [...new Set(lines)]
}

const globalRules = globals.map(({ name, matches, places }) => ({
  name: `${name} stays where the outside is let in`,
  why: places.length
    ? `only in ${places.join(', ')}: everything else is given a clock, a logger, a key`
    : 'nowhere: there is a safe way',
  applies: (path) => inSource(path) && outside(path, places),
  forbids: (file) => linesWhere(file, matches).map((line) => `${line}: uses ${name}`),
}))

const isSessionsStart = (node) =>
  ts.isCallExpression(node) &&
  ts.isPropertyAccessExpression(node.expression) &&
  node.expression.name.text === 'start' &&
  /(^|\.)sessions$/.test(node.expression.expression.getText())

const bannedNames = ['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'manager']

/** Rules about one file, besides its imports. */
export const fileRules = [
  ...globalRules,
  {
    name: '11 only login starts a session',
    why: 'a second door would lead around the second factor',
    // The sessions of the demonstration are nobody's: their credentials are dropped where they are made, in a house nobody lived in.
    applies: (path) => inSource(path) && !path.startsWith('src/features/login/') && path !== 'src/app/demo.ts',
    forbids: (file) => linesWhere(file, isSessionsStart).map((line) => `${line}: calls sessions.start()`),
  },
  {
    name: 'a file is named for what is in it',
    why: 'a drawer called "utils" is where the next thing nobody can find goes',
    applies: () => true,
    forbids: ({ path }) => {
      const base = path.split('/').at(-1).split('.')[0]
      const banned = bannedNames.some((name) => base === name || base.endsWith(`-${name}`))
      const topLevelTypes =
        base === 'types' && (path === 'src/features/types.ts' || /^src\/features\/[^/]+\/types\.ts$/.test(path))
      return banned || topLevelTypes || !/^[a-z0-9-]+$/.test(base) ? [`1: '${base}' is not a name for a file`] : []
    },
  },
  {
    name: 'a file has at most 500 lines',
    why: 'longer ones hide a second file',
    applies: (path) => !isData(path),
    forbids: (file) => (linesOf(file) > 500 ? [`1: ${linesOf(file)} lines`] : []),
  },
]

const isData = (path) => path.endsWith('/common-passwords.ts')
const linesOf = ({ text }) => text.split('\n').length - (text.endsWith('\n') ? 1 : 0)

/** Lines of a body without those of the functions inside it: a factory is as long as what it does itself. */
function ownLines(body, file) {
  let inner = 0
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) inner += node.getText(file.ast).split('\n').length - 1
    else ts.forEachChild(node, visit)
  }
  ts.forEachChild(body, visit)
  return body.getText(file.ast).split('\n').length - inner
}

/** What deserves a look but fails nothing. */
export const budgets = [
  {
    name: 'a file of more than 300 lines',
    applies: (path) => !isData(path),
    warns: (file) => (linesOf(file) > 300 ? [`1: ${linesOf(file)} lines`] : []),
  },
  {
    name: 'a function of more than 60 lines of its own',
    applies: inSource,
    warns: (file) => {
      const long = []
      walk(file.ast, (node) => {
        if (!ts.isFunctionLike(node) || !node.body) return
        const lines = ownLines(node.body, file)
        if (lines > 60) long.push(`${lineOf(file, node)}: ${lines} lines`)
      })
      return long
    },
  },
]

const isLoaded = (tree) => (path) =>
  (tree.byPath.get(path)?.imports ?? [])
    .filter(({ typeOnly, target }) => !typeOnly && tree.byPath.has(target))
    .map(({ target }) => target)

/** Rules about the tree as a whole. */
export const treeRules = [
  {
    name: '4 features form no cycle',
    why: 'a feature can be understood, tested and left out without those above it',
    forbids: ({ needs }) =>
      asFault(
        'package.json',
        findCycle([...needs.keys()], (name) => needs.get(name) ?? []),
      ),
  },
  {
    name: '4 files form no cycle',
    why: 'modules in a cycle see each other half-loaded',
    forbids: (tree) => {
      const cycle = findCycle([...tree.byPath.keys()], isLoaded(tree))
      return asFault(cycle?.[0], cycle)
    },
  },
  {
    name: 'every need is a feature',
    why: 'a misspelt need allows nothing and explains nothing',
    forbids: ({ files, needs }) => {
      const known = new Set(files.map(({ path }) => featureOf(path)))
      return [...needs].flatMap(([feature, names]) =>
        names
          .filter((name) => !known.has(name))
          .map((name) => `src/features/${feature}/index.ts:1: needs '${name}', which is no feature`),
      )
    },
  },
  {
    name: 'the files under src/ are the public surface',
    why: '`ls src/*.ts` and package.json tell the same story',
    forbids: ({ files, manifest }) => {
      const entries = files.map(({ path }) => /^src\/([^/.]+)\.ts$/.exec(path)?.[1]).filter((name) => name !== undefined)
      const exported = Object.keys(manifest.exports ?? {}).filter((key) => key !== './package.json')
      const keyOf = (entry) => (entry === 'index' ? '.' : `./${entry}`)
      return [
        ...entries
          .filter((entry) => !exported.includes(keyOf(entry)))
          .map((entry) => `src/${entry}.ts:1: is not in package.json "exports"`),
        ...exported
          .filter((key) => !entries.some((entry) => keyOf(entry) === key))
          .map((key) => `package.json:1: exports '${key}', which has no file under src/`),
      ]
    },
  },
]

const asFault = (path, cycle) => (cycle ? [`${path}:1: ${cycle.join(' -> ')}`] : [])
