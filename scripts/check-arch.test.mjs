import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { importRules } from './arch/rules.mjs'
import { fileRules, treeRules } from './arch/source-rules.mjs'
import { judge } from './check-arch.mjs'

const roots = []
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true })
})

/** A small house that keeps every rule. */
const sound = {
  'package.json': JSON.stringify({
    name: 'keywright',
    exports: {
      '.': './dist/index.js',
      './client': './dist/client.js',
      './express': './dist/express.js',
      './package.json': './package.json',
    },
    dependencies: { kysely: '0', hono: '0', pino: '0' },
    devDependencies: { '@types/express': '0' },
    peerDependencies: { zod: '4' },
  }),
  'src/index.ts': `export { build } from './app/build.ts'\nexport { endpoint } from './kernel/contract/endpoint.ts'`,
  'src/client.ts': `import { loginContract } from './features/login/contract.ts'\nexport const c = () => fetch(String(loginContract))`,
  'src/express.ts': `import type { Request } from 'express'\nimport { listen } from './kernel/http/listen.ts'\nexport const e = (r: Request) => listen(r)`,
  'src/kernel/ambient/clock.ts': 'export const now = () => new Date(Date.now())\nexport const env = process.env',
  'src/kernel/crypto/random.ts': `import * as node from 'node:crypto'\nexport const bytes = node.randomBytes`,
  'src/kernel/contract/endpoint.ts': `import { z } from 'zod'\nexport const endpoint = z`,
  'src/kernel/http/listen.ts': 'export const listen = (r: unknown) => r',
  'src/storage/database.ts': `import { Kysely } from 'kysely'\nexport const db = Kysely`,
  'src/features/sessions/index.ts': 'export const sessions = { needs: {}, start() {} }',
  'src/features/sessions/contract.ts': `import { endpoint } from '../../kernel/contract/endpoint.ts'\nexport const sessionsContract = endpoint`,
  'src/features/sessions/store.sql.ts': `import { Kysely } from 'kysely'\nexport const store = Kysely\nexport type Store = typeof store`,
  'src/features/sessions/service.ts': `import type { Store } from './store.sql.ts'\nexport const create = (store: Store) => store`,
  'src/features/login/contract.ts': `import { sessionsContract } from '../sessions/contract.ts'\nexport const loginContract = sessionsContract`,
  'src/features/login/index.ts': `import { sessions } from '../sessions/index.ts'\nexport const login = { needs: { sessions }, run: () => sessions.start() }`,
  'src/app/build.ts': `import { login } from '../features/login/index.ts'\nexport const build = login`,
  'src/cli/main.ts': `import { build } from '../index.ts'\nconsole.log(build, process.env)`,
  'src/app/build.test.ts': `import { Kysely } from 'kysely'\nconsole.log(Kysely, Date.now(), Math.random())`,
}

/** Judges the sound house with some files added or replaced. @returns the names of the broken rules */
function broken(changes = {}) {
  return [...new Set(judged(changes).faults.map(({ rule }) => rule))]
}

function judged(changes) {
  const root = mkdtempSync(join(tmpdir(), 'arch-'))
  roots.push(root)
  for (const [path, text] of Object.entries({ ...sound, ...changes })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return judge(root)
}

/** One way to break each rule, and nothing else that matters. */
const offences = {
  '1 kernel stands alone': { 'src/kernel/http/log.ts': `import type { db } from '../../storage/database.ts'` },
  '1 definitions run in a browser': { 'src/kernel/contract/file.ts': `import fs from 'node:fs'` },
  '2 storage knows the kernel only': { 'src/storage/peek.ts': `import { login } from '../features/login/index.ts'` },
  '3 a feature is entered by its index': { 'src/features/login/peek.ts': `import { create } from '../sessions/service.ts'` },
  '3 a feature imports what it needs': { 'src/features/sessions/peek.ts': `import type { login } from '../login/index.ts'` },
  '3 a feature never looks up': { 'src/features/login/peek.ts': `import { build } from '../../app/build.ts'` },
  '5 no file imports the index above it': { 'src/features/sessions/label/ua.ts': `import { sessions } from '../index.ts'` },
  '6 a contract is data': { 'src/features/users/contract.ts': `import type { now } from '../../kernel/ambient/clock.ts'` },
  '7 a service decides and does no I/O': { 'src/features/login/service.ts': `import { readFile } from 'node:fs'` },
  '8 SQL stays in its place': { 'src/features/login/query.ts': `import type { Kysely } from 'kysely'` },
  '9 a framework entry is a thin face': { 'src/express.ts': `import { build } from './app/build.ts'` },
  '10 the client reaches contracts only': { 'src/client.ts': `import type { build } from './app/build.ts'` },
  '10 nothing the client loads needs Node': { 'src/kernel/contract/endpoint.ts': `import { pino } from 'pino'` },
  '10 the panel reaches the client only': { 'admin/panel.ts': `import { build } from '../src/index.ts'` },
  '10 pages go through the pipeline': { 'src/pages/login.ts': `import { login } from '../features/login/index.ts'` },
  '10 the CLI is an application of ours': { 'src/cli/users.ts': `import { db } from '../storage/database.ts'` },
  '10 a face rearranges and decides nothing': {
    'src/compat/json-express/plugin.ts': `import { login } from '../../features/login/index.ts'`,
  },
  'a package must be declared': { 'src/app/extra.ts': `import pad from 'left-pad'` },
  'Date.now stays where the outside is let in': { 'src/app/x.ts': 'export const at = Date.now()' },
  'new Date() stays where the outside is let in': { 'src/app/x.ts': 'export const at = new Date()' },
  'Math.random stays where the outside is let in': { 'src/cli/x.ts': 'export const n = Math.random()' },
  'process.env stays where the outside is let in': { 'src/app/x.ts': 'export const home = process.env.HOME' },
  'console stays where the outside is let in': { 'src/app/x.ts': `console.log('here')` },
  'fetch stays where the outside is let in': { 'src/app/x.ts': 'export const get = (f = fetch) => f\nconst g = fetch(get)' },
  'crypto stays where the outside is let in': { 'src/app/x.ts': 'export const id = crypto.randomUUID()' },
  'node:crypto stays where the outside is let in': { 'src/app/x.ts': `import { createHash } from 'node:crypto'` },
  'node:vm stays where the outside is let in': { 'src/kernel/crypto/x.ts': `import vm from 'node:vm'` },
  'eval stays where the outside is let in': { 'src/cli/x.ts': `eval('1')` },
  'new Function stays where the outside is let in': { 'src/cli/x.ts': `new Function('1')` },
  '11 only login starts a session': {
    'src/features/sessions/again.ts': 'export const go = (needs: any) => needs.sessions.start()',
  },
  'a file is named for what is in it': { 'src/app/string-utils.ts': '' },
  'a file has at most 500 lines': { 'src/app/long.ts': 'export {}\n'.repeat(501) },
  '4 features form no cycle': {
    'src/features/sessions/index.ts': `import type { login } from '../login/index.ts'\nexport const sessions = { needs: { login }, start() {} }`,
  },
  '4 files form no cycle': { 'src/app/a.ts': `import './b.ts'`, 'src/app/b.ts': `import './a.ts'` },
  'every need is a feature': { 'src/features/users/index.ts': 'export const users = { needs: { sesions } }' },
  'the files under src/ are the public surface': { 'src/koa.ts': '' },
}

describe('the rules of the house', () => {
  test('a sound house breaks none of them', () => {
    expect(broken()).toEqual([])
  })

  test.each(Object.entries(offences))('an offence is seen: %s', (rule, changes) => {
    expect(broken(changes)).toEqual([rule])
  })

  test('no rule is without an offence that proves it can fail', () => {
    const names = [...importRules, ...fileRules, ...treeRules].map(({ name }) => name)
    expect(Object.keys(offences).sort()).toEqual(names.sort())
  })

  test('type-only imports close no cycle', () => {
    expect(broken({ 'src/app/a.ts': `import type { B } from './b.ts'`, 'src/app/b.ts': `import './a.ts'` })).toEqual([])
  })

  test('budgets are looked at and fail nothing; a factory is as long as what it does itself', () => {
    const lines = '  step()\n'.repeat(61)
    const half = '  step()\n'.repeat(40)
    const { faults, warnings } = judged({
      'src/app/long-function.ts': `export function one() {\n${lines}}\n`,
      'src/app/factory.ts': `export function make() {\n  function a() {\n${half}  }\n  function b() {\n${half}  }\n  return { a, b }\n}\n`,
      'src/app/long-file.ts': 'export {}\n'.repeat(301),
    })
    expect(faults).toEqual([])
    expect(warnings.map(({ at }) => at.split(':')[0])).toEqual(['src/app/long-file.ts', 'src/app/long-function.ts'])
  })

  test('an entry that lost its file is seen from package.json', () => {
    const { exports, ...rest } = JSON.parse(sound['package.json'])
    const manifest = JSON.stringify({ ...rest, exports: { ...exports, './gone': './dist/gone.js' } })
    expect(broken({ 'package.json': manifest })).toEqual(['the files under src/ are the public surface'])
  })
})
