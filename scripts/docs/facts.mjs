/**
 * What the code says of itself, as rows for the tables of the guide: options, refusals, events, limits, settings, switches, commands, exit
 * codes.
 *
 * Everything is read from the running declarations, so a table cannot say what the product does not do.
 *
 * @module
 */
import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { createJiti } from 'jiti'
import ms from 'ms'
import ts from 'typescript'

const sources = createJiti(import.meta.url)
/** A module of ours from its source: what is built has no module for each. */
const load = (path) => sources.import(resolve(path))
const code = (text) => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``)
const listed = (values) => values.map(code).join(', ')

/** The wrappers around a schema taken off, with the default they carry; `undefined` where there is none. */
function bare(schema, fallback) {
  const { type, innerType, defaultValue, in: input } = schema.def
  if (type === 'default' || type === 'prefault') return bare(innerType, fallback ?? defaultValue)
  if (type === 'optional' || type === 'nullable' || type === 'readonly') return bare(innerType, fallback)
  return type === 'pipe' ? bare(input, fallback) : { schema, fallback }
}

/** Leaves of an object schema: path and default. `insideOf` answers the schema that judges a key which the outer one leaves open. */
function leavesOf(schema, insideOf = () => undefined, above = '') {
  return Object.entries(schema.shape).flatMap(([key, outer]) => {
    const path = above + key
    const inner = bare(insideOf(path) ?? outer)
    return inner.schema.def.type === 'object'
      ? leavesOf(inner.schema, insideOf, `${path}.`)
      : [{ path, fallback: inner.fallback }]
  })
}

/** How the type that people see declares the option at a path, and every path it declares beside. */
function typeReader(program, file, name) {
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const declared = source.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name)
  const root = checker.getTypeAtLocation(declared)
  const typeOf = (symbol) => {
    const type = checker.getNonNullableType(checker.getTypeOfSymbol(symbol))
    const objects = type.isUnion() ? type.types.filter(({ flags }) => flags & ts.TypeFlags.Object) : []
    return objects.length === 1 ? objects[0] : type // `boolean | { ... }`: what stands beside the options is told by hand
  }
  return {
    textOf(path) {
      let [type, symbol] = [root]
      for (const key of path.split('.')) {
        symbol = checker.getPropertyOfType(type, key)
        if (symbol === undefined) return undefined
        type = typeOf(symbol)
      }
      return (symbol.valueDeclaration ?? symbol.declarations[0]).type // a property of a mapped type has no value
        .getText()
        .replace(/\breadonly (?=[(['"A-Za-z])/g, '')
        .replace(/\s+/g, ' ')
    },
    keysAt(path) {
      const type = path === '' ? root : path.split('.').reduce((at, key) => typeOf(checker.getPropertyOfType(at, key)), root)
      return checker.getPropertiesOfType(type).map(({ name: key }) => (path === '' ? key : `${path}.${key}`))
    },
  }
}

const shownDefault = (fallback) => (fallback === undefined ? '' : code(JSON.stringify(fallback).replaceAll('"', "'")))

/** Options of `createAuth`: path, type, default. @param program the compiler's view of the public surface @returns `faults` besides: options that only the type or only the schema knows */
export async function options({ program }) {
  const [{ optionsSchema }, { features }] = [await load('src/app/options.ts'), await load('src/app/features.ts')]
  const ofFeature = (path) => {
    const schema = features[path]?.options
    return schema && bare(schema).schema.def.type === 'object' ? schema : undefined
  }
  const leaves = leavesOf(optionsSchema, ofFeature)
  const types = typeReader(program, 'src/app/options.ts', 'AuthOptions')
  const paths = new Set(leaves.map(({ path }) => path))
  const groups = new Set(['', ...[...paths].map((path) => path.split('.').slice(0, -1).join('.'))])
  const isKnown = (path) => paths.has(path) || groups.has(path)
  return {
    rows: leaves.map(({ path, fallback }) => [code(path), code(types.textOf(path) ?? '?'), shownDefault(fallback)]),
    faults: [
      ...leaves.filter(({ path }) => types.textOf(path) === undefined).map(({ path }) => `AuthOptions does not declare ${path}`),
      ...[...groups]
        .filter((path) => path === '' || types.textOf(path) !== undefined)
        .flatMap((path) => types.keysAt(path))
        .filter((path) => !isKnown(path))
        .map((path) => `AuthOptions declares ${path}, which no schema knows`),
    ],
  }
}

const contractFiles = () =>
  readdirSync('src/features')
    .map((name) => `src/features/${name}/contract.ts`)
    .filter((path) => existsSync(path))

/** Refusals: code, status, title, help. */
export async function errors() {
  const { kernelErrors } = await load('src/kernel/contract/errors.ts')
  const modules = await Promise.all(contractFiles().map(load))
  const defs = [kernelErrors, ...modules.map(({ E }) => E ?? {})].flatMap((one) => Object.values(one))
  const sorted = defs.sort((a, b) => a.status - b.status || a.code.localeCompare(b.code))
  return { rows: sorted.map(({ code: name, status, title, help = '' }) => [code(name), String(status), title, help]) }
}

/** Reasons why a field is refused: code, message. */
export async function issues() {
  const { kernelIssues } = await load('src/kernel/contract/issues.ts')
  const modules = await Promise.all(contractFiles().map(load))
  const defs = [kernelIssues, ...modules.map((exported) => exported.issues ?? {})].flatMap((one) => Object.values(one))
  return { rows: defs.map(({ code: name, message }) => [code(name), message]) }
}

/** Events: name, summary, fields of `data`, whether it is an audit row. */
export async function events() {
  const modules = await Promise.all(contractFiles().map(load))
  const found = modules
    .flatMap((exported) => Object.values(exported))
    .filter((value) => value?.events !== undefined && value.endpoints !== undefined)
    .flatMap((contract) => Object.entries(contract.events))
  return {
    rows: found.map(([name, { summary, data, audit }]) => [
      code(name),
      summary,
      listed(Object.keys(data.shape)),
      audit ? 'yes' : '',
    ]),
  }
}

const perPeriod = (limit) => (limit === undefined ? '' : `${limit.limit} in ${ms(limit.per)}`)

/** The table of limits: row, by address, by subject, over all, where it is counted. */
export async function limits() {
  const { limitTable } = await load('src/kernel/contract/limits.ts')
  return {
    rows: Object.entries(limitTable).map(([name, { address, subject, overall, shared }]) => [
      code(name),
      perPeriod(address),
      perPeriod(subject),
      perPeriod(overall),
      shared ? 'database' : 'memory',
    ]),
  }
}

/** Settings of the server: variable, flag, default, summary. */
export async function settings() {
  const { settingRows, envOf } = await load('src/cli/settings.ts')
  return {
    rows: settingRows.map((row) => [
      code(envOf(row)),
      row.flag === undefined ? '' : code(row.flag),
      row.fallback === undefined ? '' : code(row.fallback),
      row.summary,
    ]),
  }
}

/** What a switch takes, in the words of the table. */
function takenBy({ type, anyOf, const: only, enum: words, minimum, maximum, description = type }) {
  if (anyOf) return anyOf.map(takenBy).join(' or ')
  if (only !== undefined) return code(String(only))
  if (words) return listed(words)
  return minimum === undefined ? description : `${description}, ${minimum} to ${maximum}`
}

/** Switches that change while the house runs: name, what it takes, default, summary. Told by a house with every feature on that is opt-in. */
export async function switches() {
  const [{ createAuth }, { sqlite }] = [await load('src/index.ts'), await load('src/sqlite.ts')]
  const logger = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, () => {}]))
  const auth = createAuth({
    baseUrl: 'https://app.example.com',
    secret: 'a secret for a house that nobody enters',
    storage: sqlite(':memory:'),
    mail: { from: 'hi@example.com', transport: { send: async () => {} } },
    email: {},
    telemetry: true,
    admin: true,
    impersonation: true,
    infra: { logger, runJobs: false },
  })
  const { settings: all } = await auth.asSystem('docs').settings.list()
  await auth.close()
  return { rows: all.map(({ name, schema, value, summary }) => [code(name), takenBy(schema), shownDefault(value), summary]) }
}

/** Commands: how to call one, what it takes beside the flags of settings, what it does. */
export async function commands() {
  const { settingRows } = await load('src/cli/settings.ts')
  const { product } = await load('src/kernel/product.ts')
  const everywhere = new Set(['--json', '--config', ...settingRows.flatMap(({ flag }) => flag?.split(' ', 1) ?? [])])
  const files = readdirSync('src/cli').filter((name) => name.endsWith('.ts') && !/^main\.|^test-|\.test\./.test(name))
  const modules = await Promise.all(files.map((name) => load(`src/cli/${name}`)))
  const tops = modules.flatMap((exported) =>
    Object.entries(exported).flatMap(([name, make]) => (name.endsWith('Command') ? [make()] : [])),
  )
  const rowsOf = (command, above) => {
    const called = `${above} ${command.name()}`
    if (command.commands.length > 0) return command.commands.flatMap((one) => rowsOf(one, called))
    const args = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`))
    const own = command.options.filter(({ long }) => !everywhere.has(long)).map(({ flags }) => flags)
    return [[code([called, ...args].join(' ')), listed(own), command.description()]]
  }
  return { rows: tops.flatMap((command) => rowsOf(command, product.name)) }
}

/** Exit codes: number, word. */
export async function exitCodes() {
  const { exitCodes: words } = await load('src/cli/output.ts')
  return { rows: Object.entries(words).map(([word, number]) => [String(number), word]) }
}
