/**
 * Holds the words to the code: every public export is explained, every example compiles, every table of the guide says what the code does,
 * every link leads somewhere, every dependency has its line.
 *
 *     node scripts/check-docs.mjs --write      put the tables right
 *
 * An example is a ```ts fence in the doc comment of a public export, in README.md or in docs/guide. Names it leaves open come from
 * test/types/doc-prelude.ts, else from the public surface. A fence marked "ts fragment" cannot stand alone; it is counted, not compiled.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from './build.mjs'
import { freeNames, readSurface } from './docs/surface.mjs'
import { faultsOfTables } from './docs/tables.mjs'

const prelude = 'test/types/doc-prelude.ts'
const dependencyPage = 'docs/decisions/dependencies.md'
const folder = 'tmp/doc-examples'
const mostFragments = 12

/** The fences of a text: the language line behind the backticks, and the code. */
const fencesOf = (text) =>
  [...text.matchAll(/^[ \t]*```(ts\b.*|typescript\b.*)\n([\s\S]*?)^[ \t]*```/gm)].map(([, info, code]) => ({
    info: info.trim(),
    code,
  }))

function pages() {
  const guide = existsSync('docs/guide') ? readdirSync('docs/guide', { recursive: true, encoding: 'utf8' }) : []
  return ['README.md', ...guide.filter((path) => path.endsWith('.md')).map((path) => `docs/guide/${path}`)].filter((path) =>
    existsSync(path),
  )
}

function faultsOfSurface(surface) {
  return surface.flatMap(({ name, at, documented, needsExample, examples }) => {
    if (!documented) return [`${at}: ${name} is public and has no doc comment`]
    return needsExample && examples.length === 0 ? [`${at}: ${name} is public and has no @example`] : []
  })
}

/** Writes each example as a module of its own. @returns from which place each module came */
function writeExamples(examples, sources) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const places = new Map()
  for (const [index, { at, code }] of examples.entries()) {
    const file = `example-${index}.ts`
    const imports = freeNames(code)
      .filter((name) => sources.has(name))
      .map((name) => `import { ${name} } from '../../${sources.get(name)}'`)
    writeFileSync(`${folder}/${file}`, `${imports.join(';')}\n${code}\nexport {}\n`)
    places.set(file, at)
  }
  const compilerOptions = {
    noEmit: true,
    customConditions: ['source'],
    lib: ['es2023', 'dom'],
    verbatimModuleSyntax: false,
    isolatedModules: false,
  }
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }),
  )
  return places
}

function faultsOfExamples(examples, sources) {
  if (examples.length === 0) return []
  const places = writeExamples(examples, sources)
  const { status, stdout } = spawnSync(process.execPath, ['node_modules/ts7/bin/tsc', '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
  })
  if (status === 0) return []
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [, file, at, message] = /(example-\d+\.ts)\((\d+),\d+\): (.*)/.exec(line) ?? []
      return file === undefined ? line : `${places.get(file)}: example, line ${at - 1}: ${message}`
    })
}

/** Links within the repository that lead nowhere, and pages of the guide that its index leaves out. */
function faultsOfLinks() {
  const all = [...pages(), ...readdirSync('.').filter((name) => name.endsWith('.md') && name !== 'README.md')]
  const linked = new Map(
    all.map((page) => {
      const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, path]) => path)
      return [page, links.map((path) => join(dirname(page), path))]
    }),
  )
  const index = 'docs/guide/README.md'
  return [
    ...[...linked].flatMap(([page, paths]) =>
      paths.filter((path) => !existsSync(path)).map((path) => `${page}: no file ${path}`),
    ),
    ...pages()
      .filter((page) => page.startsWith('docs/guide/') && page !== index && !linked.get(index)?.includes(page))
      .map((page) => `${index}: does not lead to ${page}`),
  ]
}

function faultsOfDependencies() {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies })
  const lines = [...readFileSync(dependencyPage, 'utf8').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name)
  return [
    ...declared.filter((name) => !lines.includes(name)).map((name) => `${dependencyPage}: no line says why ${name} is here`),
    ...lines
      .filter((name) => !declared.includes(name))
      .map((name) => `${dependencyPage}: ${name} is explained but not in package.json`),
  ]
}

build()
const { surface, sources, program } = readSurface(prelude)
const fences = [
  ...surface.flatMap(({ at, examples }) => examples.flatMap(fencesOf).map((fence) => ({ at, ...fence }))),
  ...pages().flatMap((page) => fencesOf(readFileSync(page, 'utf8')).map((fence) => ({ at: page, ...fence }))),
]
const fragments = fences.filter(({ info }) => info === 'ts fragment')
const examples = fences.filter(({ info }) => info === 'ts' || info === 'typescript')
const faults = [
  ...faultsOfSurface(surface),
  ...faultsOfDependencies(),
  ...faultsOfLinks(),
  ...(await faultsOfTables({ program, write: process.argv.includes('--write') })),
  ...fences
    .filter((fence) => !fragments.includes(fence) && !examples.includes(fence))
    .map(({ at, info }) => `${at}: no such fence: ${info}`),
  ...(fragments.length > mostFragments ? [`${fragments.length} fragments are too many: at most ${mostFragments}`] : []),
  ...faultsOfExamples(examples, sources),
]
for (const fault of faults) console.log(fault)
console.log(`${surface.length} public names, ${examples.length} examples, ${fragments.length} fragments, ${faults.length} faults`)
process.exitCode = faults.length ? 1 : 0
