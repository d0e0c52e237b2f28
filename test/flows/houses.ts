/**
 * The five stores the flows run on: SQLite in memory, SQLite in a file, PostgreSQL, and the tables of two applications, one that writes SQL
 * itself and one behind a generated client. The applications stand beside one engine a lane: PostgreSQL where it is asked for, else a file.
 *
 * @module
 */
import { test } from 'vitest'
import type { Built } from '../../src/app/build.ts'
import type { AuthOptions } from '../../src/app/options.ts'
import type { IPasswordStore } from '../../src/stores.ts'
import { engines, type OpenedEngine, type TestEngine } from '../engines.ts'
import { applicationAt } from '../stores/application.ts'
import { clientUsers } from '../stores/client-users.ts'
import { clientSessions } from '../stores/device-sessions.ts'
import { clientPasswords } from '../stores/passwords.ts'

/** A fresh database, and the application's tables where it has some. */
export interface OpenedHouse extends OpenedEngine {
  readonly stores: NonNullable<AuthOptions['stores']>
}

/** One of the five. */
export interface TestHouse {
  readonly name: string
  readonly engine: TestEngine['name']
  /** Tests of the flows that make no sense here, each with the reason. */
  readonly leftOut: Readonly<Record<string, string>>
  open(): Promise<OpenedHouse>
}

const noList = 'its store of people has no list(): the port leaves it out, and nobody can be counted'

/** Flows that run on one store, each with the reason. */
export const onOneStore: Readonly<Record<string, string>> = {
  'bulk.test.ts': 'is about runs and their rows, which are tables of ours whatever store there is',
  'clocks.test.ts': 'compares times in tables of ours, which stay ours whatever store there is',
  'commits.test.ts': 'counts commits of our own SQL, which are the same statements on every engine',
  'deadline.test.ts': 'counts statements of our own SQL, which are the same on every engine',
  'imports.test.ts': 'is about files and their rows, which are tables of ours; people come in as by any other way',
  'naming.test.ts': 'is about how a text is read before any store is asked',
  'native.test.ts': 'is about what travels to clients of the same calls',
  'owners.test.ts':
    'is about owners and the first account in tables of ours; who stays in a store of the application is up to it',
  'panel-files.test.ts': 'is about files of the build, which no store is asked for',
  'queries.test.ts': 'counts statements of our own SQL, which are the same on every engine',
  'queue.test.ts': 'is about the line before the hash pool; its requests wait on purpose',
  'restored.test.ts': 'copies a file',
  'runs.test.ts': 'is about runs and their rows, which are tables of ours whatever store there is',
  'site-path.test.ts': 'is about addresses, which no store is asked for',
}

const applications = [
  {
    name: 'tables of an application (SQL)',
    leftOut: {},
    stores: applicationAt,
  },
  {
    name: 'tables of an application (client)',
    leftOut: {
      'a taken address is refused in any case it is typed in, and nothing is written': noList,
      'a registration a gate refuses leaves nobody behind': noList,
    },
    stores: () => ({ users: clientUsers(), passwords: clientPasswords(), sessions: clientSessions() }),
  },
]

function beside(engine: TestEngine): readonly TestHouse[] {
  return applications.map(({ name, leftOut, stores }) => ({
    name: `${name}, beside ${engine.name}`,
    engine: engine.name,
    leftOut,
    async open() {
      const opened = await engine.open()
      // On SQLite their tables lie in the file that ours are in.
      return { ...opened, stores: stores(engine.name === 'sqlite-file' ? opened.location : undefined) }
    },
  }))
}

/** All that this lane has. */
export const houses: readonly TestHouse[] = [
  ...engines.map(({ name, open }) => ({
    name,
    engine: name,
    leftOut: {},
    open: async () => ({ ...(await open()), stores: {} }),
  })),
  ...engines.slice(-1).flatMap(beside),
]

/** `test` for one of them: what its row leaves out is no test there. */
export const testIn =
  ({ leftOut }: TestHouse): ((name: string, run: () => Promise<void>) => void) =>
  (name, run) => {
    if (!Object.hasOwn(leftOut, name)) test(name, run)
  }

/** Hashes where this house keeps them. */
export function hashesIn(house: Built, { stores }: OpenedHouse): IPasswordStore {
  const rows = house.database.everything<{ password: { user_id: string; hash: string } }>()
  const own: IPasswordStore = {
    async find(userId) {
      return (await rows.selectFrom('password').select('hash').where('user_id', '=', userId).executeTakeFirst())?.hash
    },
    async set(userId, hash) {
      const set = { hash: hash ?? '' }
      await rows.updateTable('password').set(set).where('user_id', '=', userId).execute()
      return true
    },
  }
  return stores.passwords ?? own
}
