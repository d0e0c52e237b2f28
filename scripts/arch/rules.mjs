/**
 * The rules of the house as rows. `applies` picks files by path; `forbids` answers what is wrong in one, as text with a line.
 *
 * Rows about imports see type-only imports too, unless they say otherwise: a type is a dependency of the reader.
 *
 * @module
 */
import { builtinModules } from 'node:module'
import { featureOf, packageOf } from './tree.mjs'

const within = (path, ...folders) => folders.some((folder) => path.startsWith(folder))
const isEntry = (path) => /^src\/[^/]+\.ts$/.test(path)
/** The definitions of a feature, the list of them all, and the language they are written in. */
const isContract = (path) =>
  ['src/contract.ts', 'src/app/contracts.ts'].includes(path) || /^src\/features\/[^/]+\/contract\.ts$/.test(path)
const isOurs = (target) => within(target, 'src/', 'admin/')
const isNode = (specifier) => specifier.startsWith('node:') || builtinModules.includes(specifier)
const isPackage = (specifier) => !specifier.startsWith('.') && !isNode(specifier)

/** Names the product: a constant that knows nothing, so everybody may read it. */
const product = 'src/kernel/product.ts'

const drivers = ['kysely', 'libsql', 'pg', 'better-sqlite3', 'node:sqlite', '@redis/client']
const frameworks = ['express', 'fastify', 'koa', 'hono', '@nestjs/common', '@nestjs/core', 'next']
const doesIo = [...drivers, ...frameworks, '@hono/node-server', 'undici', 'nodemailer', 'pino', 'jiti', 'openid-client']

/** Builds a `forbids` out of a predicate on one import. */
const imports = (isForbidden) => (file, tree) =>
  file.imports.filter((one) => isForbidden(one, file, tree)).map(({ line, specifier }) => `${line}: imports '${specifier}'`)

/** Files and packages a browser would load with `path`. */
function loads(path, tree, seen = new Map()) {
  for (const { target, typeOnly } of tree.byPath.get(path)?.imports ?? []) {
    if (typeOnly || seen.has(target)) continue
    seen.set(target, path)
    if (isOurs(target)) loads(target, tree, seen)
  }
  return seen
}

const browserSafe = (target) =>
  within(target, 'src/kernel/contract/', 'src/client/') ||
  isContract(target) ||
  [product, 'src/client.ts', 'zod', 'ms'].includes(target)

/** The eleven import rules, numbered as in the design, each split where it says two things. */
export const importRules = [
  {
    name: '1 kernel stands alone',
    why: 'everything rests on the kernel, so it rests on nothing of ours',
    applies: (path) => within(path, 'src/kernel/'),
    forbids: imports(({ target }) => isOurs(target) && !within(target, 'src/kernel/')),
  },
  {
    name: '1 definitions run in a browser',
    why: 'the client and the pages share these files with the server',
    applies: (path) => within(path, 'src/kernel/contract/'),
    forbids: imports(({ specifier }) => isNode(specifier)),
  },
  {
    name: '2 storage knows the kernel only',
    why: 'features come to storage with their tables, never the other way round',
    applies: (path) => within(path, 'src/storage/'),
    forbids: imports(({ target }) => isOurs(target) && !within(target, 'src/kernel/', 'src/storage/')),
  },
  {
    name: '3 a feature is entered by its index',
    why: 'what is behind the index may change without asking anybody',
    applies: (path) => featureOf(path) !== undefined,
    forbids: imports(({ target }, { path }) => {
      const other = featureOf(target)
      if (other === undefined || other === featureOf(path)) return false
      return target !== `src/features/${other}/index.ts` && !(isContract(path) && isContract(target))
    }),
  },
  {
    name: '3 a feature imports what it needs',
    why: '`needs` is the picture of the house; an import beside it is a wall knocked through',
    applies: (path) => featureOf(path) !== undefined,
    forbids: imports(({ target }, { path }, tree) => {
      const [own, other] = [featureOf(path), featureOf(target)]
      return other !== undefined && other !== own && !(tree.needs.get(own) ?? []).includes(other)
    }),
  },
  {
    name: '3 a feature never looks up',
    why: 'app/ wires features; capabilities travel upward through `gives`',
    applies: (path) => within(path, 'src/features/'),
    forbids: imports(
      ({ target }) => isOurs(target) && !within(target, 'src/kernel/', 'src/storage/', 'src/messages/', 'src/features/'),
    ),
  },
  {
    name: '5 no file imports the index above it',
    why: 'an index looks down on its folder; looking back up is a cycle in waiting',
    applies: () => true,
    forbids: imports(({ target }, { path }) => {
      const folder = target.endsWith('/index.ts') ? target.slice(0, -'index.ts'.length) : undefined
      return folder !== undefined && folder !== 'src/' && path.startsWith(folder) && path !== target
    }),
  },
  {
    name: '6 a contract is data',
    why: 'client, pages and docs read it without a server',
    applies: isContract,
    forbids: imports(({ target }) => !within(target, 'src/kernel/contract/') && !isContract(target) && target !== 'zod'),
  },
  {
    name: '7 a service decides and does no I/O',
    why: 'ports come in through create(), so a decision can be tested without a world; the type of the own store is its port',
    applies: (path) => path.endsWith('/service.ts'),
    forbids: imports(({ target, specifier, typeOnly }, { path }) => {
      if (target.endsWith('.sql.ts')) return !typeOnly || featureOf(target) !== featureOf(path)
      return (
        within(target, 'src/kernel/http/') ||
        target.endsWith('/gateway.ts') ||
        isNode(specifier) ||
        doesIo.includes(packageOf(target))
      )
    }),
  },
  {
    name: '8 SQL stays in its place',
    why: 'what differs between engines is known in one layer',
    applies: (path) =>
      within(path, 'src/') &&
      !within(path, 'src/storage/') &&
      !path.endsWith('.sql.ts') &&
      !['src/sqlite.ts', 'src/postgres.ts', 'src/redis.ts'].includes(path),
    forbids: imports(({ target }) => drivers.includes(packageOf(target))),
  },
  {
    name: '9 a framework entry is a thin face',
    why: 'frameworks are optional peers: their types are welcome, their code is not',
    applies: (path) => /^src\/(express|fastify|koa|hono|node)\.ts$/.test(path),
    forbids: imports(({ target, typeOnly }) => {
      if (frameworks.includes(packageOf(target))) return !typeOnly
      if (within(target, 'src/app/') || isEntry(target)) return !typeOnly
      return isOurs(target) && !within(target, 'src/kernel/http/', 'src/kernel/contract/')
    }),
  },
  {
    name: '10 the client reaches contracts only',
    why: 'server code in a browser bundle is dead weight at best',
    applies: (path) => path === 'src/client.ts' || within(path, 'src/client/'),
    forbids: imports(({ target }) => !browserSafe(target)),
  },
  {
    name: '10 nothing the client loads needs Node',
    why: 'one import far down breaks every bundle',
    applies: (path) => path === 'src/client.ts' || isContract(path),
    forbids: (file, tree) =>
      [...loads(file.path, tree)]
        .filter(([target]) => !browserSafe(target))
        .map(([target, from]) => `1: loads '${target}' through ${from}`),
  },
  {
    name: '10 the panel reaches the client only',
    why: 'the panel can do what the API can do, and nothing else; why a field is refused it says in the words of the pages',
    applies: (path) => within(path, 'admin/'),
    forbids: imports(
      ({ target }) =>
        isOurs(target) &&
        !within(target, 'admin/') &&
        target !== 'src/client.ts' &&
        !/^src\/messages\/[a-z]+-issues\.ts$/.test(target),
    ),
  },
  {
    name: '10 pages go through the pipeline',
    why: 'a page that calls a service has skipped limits, access and CSRF',
    applies: (path) => within(path, 'src/pages/'),
    forbids: imports(({ target }) => within(target, 'src/storage/') || (featureOf(target) !== undefined && !isContract(target))),
  },
  {
    name: '10 the CLI is an application of ours',
    why: 'what the CLI can do, any application can do',
    applies: (path) => within(path, 'src/cli/'),
    forbids: imports(({ target }) => isOurs(target) && !within(target, 'src/cli/') && !isEntry(target) && target !== product),
  },
  {
    name: '10 a face rearranges and decides nothing',
    why: 'logic behind a face would exist for its users only',
    applies: (path) => within(path, 'src/compat/'),
    forbids: imports(
      ({ target }) =>
        isOurs(target) &&
        !within(target, 'src/compat/') &&
        !isEntry(target) &&
        ![product, 'src/features/signing/index.ts', 'src/features/password/index.ts'].includes(target),
    ),
  },
  {
    name: 'a package must be declared',
    why: 'what only a dependency of a dependency brings may be gone tomorrow',
    applies: (path) => within(path, 'src/'),
    forbids: imports(({ target, typeOnly }, _file, { manifest }) => {
      if (isOurs(target) || !isPackage(target) || target.includes('/../')) return false
      const runtime = { ...manifest.dependencies, ...manifest.peerDependencies }
      const known = typeOnly ? { ...runtime, ...manifest.devDependencies } : runtime
      return !(packageOf(target) in known) && !(`@types/${packageOf(target)}` in known && typeOnly)
    }),
  },
]
