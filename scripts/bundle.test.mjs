import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const entries = Object.entries(exports).filter(([, { source }]) => source)
const built = (name) => import(pathToFileURL(resolve(`dist/${name}.js`)).href)

/** What a module imports as it loads; what it imports later is not among them. */
function importsOf(path) {
  const { statements } = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  return statements.flatMap((one) => {
    if (!(ts.isImportDeclaration(one) || ts.isExportDeclaration(one)) || !one.moduleSpecifier) return []
    return (one.importClause ?? one).isTypeOnly ? [] : [one.moduleSpecifier.text]
  })
}

/** The files and the packages that are loaded with a module. */
function loadedWith(path, files = new Set(), packages = new Set()) {
  files.add(path)
  for (const specifier of importsOf(path)) {
    if (!specifier.startsWith('.')) packages.add(specifier)
    else if (!files.has(join(dirname(path), specifier))) loadedWith(join(dirname(path), specifier), files, packages)
  }
  return { files, packages: [...packages].sort() }
}

test.each(entries)('the built %s exports what its source exports, and loads no package beside', async (_, entry) => {
  const [source, made] = await Promise.all([entry.source, entry.default].map((path) => import(pathToFileURL(resolve(path)).href)))

  expect(Object.keys(made).sort()).toEqual(Object.keys(source).sort())
  expect(loadedWith(entry.source).packages).toEqual(expect.arrayContaining(loadedWith(entry.default).packages))
})

test('an error is of one class, whichever entry it comes from', async () => {
  const [{ AuthError }, client, contract, { createVerifier }] = await Promise.all(
    ['index', 'client', 'contract', 'verify'].map(built),
  )
  const verifier = createVerifier({
    jwksUrl: 'https://id.example.com/keys',
    issuer: 'https://id.example.com',
    audience: 'shop',
    algorithms: ['EdDSA'],
  })

  expect(client.AuthError).toBe(AuthError)
  expect(contract.AuthError).toBe(AuthError)
  await expect(verifier.require({ headers: {} })).rejects.toBeInstanceOf(AuthError)
})

test('a browser and a resource server load nothing of the server', () => {
  expect(loadedWith('dist/client.js').packages).toEqual(['zod'])
  expect(loadedWith('dist/verify.js').packages.filter((name) => !/^(node:|jose\/)/.test(name))).toEqual(['uuid', 'zod'])
})

test('what few need is loaded when they ask, and the rest is in few files', () => {
  const { files, packages } = loadedWith('dist/server.js')

  expect(files.size).toBeLessThan(40)
  expect([...files].join()).not.toContain('common-passwords')
  for (const name of [
    'libsql',
    'pg',
    'nodemailer',
    'csv-parse',
    'csv-stringify/sync',
    'hibp',
    '@zxcvbn-ts/core',
    '@hono/node-server',
  ])
    expect(packages).not.toContain(name)
})

test('help and a version do not wait for the house', () => {
  const { files, packages } = loadedWith('dist/cli/main.js')

  expect(files.size).toBeLessThan(10)
  expect(packages.filter((name) => !name.startsWith('node:'))).toEqual(['commander', 'zod'])
})
