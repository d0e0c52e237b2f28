/**
 * The public surface as the compiler sees it: what each entry exports, how it is declared, and what is written above it.
 *
 * @module
 */
import { readdirSync } from 'node:fs'
import ts from 'typescript'

/** Names whose doc comment alone is enough: shapes explain themselves in the example of the function that takes them. */
const needsExample = ({ declaration, name }) =>
  ts.isFunctionDeclaration(declaration) ||
  ts.isClassDeclaration(declaration) ||
  (ts.isVariableDeclaration(declaration) &&
    declaration.initializer !== undefined &&
    ts.isFunctionLike(declaration.initializer)) ||
  (ts.isInterfaceDeclaration(declaration) && /^I[A-Z]/.test(name))

function placeOf(declaration) {
  const file = declaration.getSourceFile()
  const { line } = file.getLineAndCharacterOfPosition(declaration.getStart(file))
  return `${file.fileName.replace(`${process.cwd()}/`, '')}:${line + 1}`
}

/**
 * Reads every entry under `src/`.
 *
 * @param prelude a further module; what it exports is known to examples before the entries' own names are
 * @returns exported declarations, each once, with `{ name, at, documented, needsExample, examples }`; and `sources`, which module an
 *   example gets a name from; and `program`, what the compiler knows
 */
export function readSurface(prelude) {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd())
  const entries = readdirSync('src')
    .filter((name) => /^[^.]+\.ts$/.test(name))
    .map((name) => `src/${name}`)
  const program = ts.createProgram([...entries, prelude], options)
  const checker = program.getTypeChecker()
  const exportsOf = (path) => {
    const symbol = checker.getSymbolAtLocation(program.getSourceFile(path))
    return symbol ? checker.getExportsOfModule(symbol) : []
  }
  const surface = new Map()
  for (const exported of entries.flatMap(exportsOf)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const declaration = symbol.declarations?.[0]
    if (declaration === undefined || surface.has(symbol) || program.isSourceFileFromExternalLibrary(declaration.getSourceFile()))
      continue
    const examples = symbol
      .getJsDocTags(checker)
      .filter(({ name }) => name === 'example')
      .map(({ text }) => ts.displayPartsToString(text))
    surface.set(symbol, {
      name: exported.name,
      at: placeOf(declaration),
      documented: symbol.getDocumentationComment(checker).length > 0,
      needsExample: needsExample({ declaration, name: exported.name }),
      examples,
    })
  }
  const modules = [...entries.filter((path) => path !== 'src/index.ts'), 'src/index.ts', prelude]
  const sources = new Map(modules.flatMap((path) => exportsOf(path).map(({ name }) => [name, path])))
  return { surface: [...surface.values()], sources, program }
}

const isNamePart = (node) =>
  (node.parent.name === node && !ts.isShorthandPropertyAssignment(node.parent)) || node.parent.propertyName === node
const isMember = (node) => ts.isPropertyAssignment(node) || ts.isMethodDeclaration(node) || ts.isPropertySignature(node)

/** Names an example reads without declaring or importing them. */
export function freeNames(code) {
  const ast = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true)
  const declared = new Set()
  const used = new Set()
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      if (!isNamePart(node)) used.add(node.text)
      else if (!ts.isPropertyAccessExpression(node.parent) && !isMember(node.parent)) declared.add(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(ast)
  return [...used].filter((name) => !declared.has(name))
}
