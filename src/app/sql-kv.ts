/**
 * Short-lived values in the database of a house: a key-value store that is one of its features.
 *
 * Invariant: a house that does not name it has neither its table nor its sweep; one that does migrates it with everything else.
 *
 * @module
 */
import { z } from 'zod'
import { declareFeature } from '../features/feature.ts'
import { BootError } from '../kernel/config/boot-error.ts'
import { contract } from '../kernel/contract/endpoint.ts'
import type { IKvStore } from '../storage/kv.ts'
import { type KvRows, kvMigrations, kvRows, kvTables } from '../storage/sql-kv.ts'
import type { Feature } from './host-feature.ts'

const kvContract = contract('kv', {})

/** An {@link IKvStore}, and the feature that brings its table along. */
export interface SqlKv extends IKvStore, Feature<'kv', typeof kvContract> {}

/**
 * Keeps short-lived values in the database of the house whose features it is named in, for all of its nodes. It can be used once the house is
 * `ready()`; what has run out is swept every ten minutes.
 *
 * @throws BootError when it is named in a second house
 * @example
 * ```ts
 * const kv = sqlKv()
 * const auth = createAuth({ ...options, features: [kv] })
 * await auth.ready()
 * const isFirst = await kv.setIfAbsent('nonce:4711', 'seen', 300_000)
 * ```
 */
export function sqlKv(): SqlKv {
  let bound: KvRows | undefined
  function rows(): KvRows {
    if (!bound) throw new Error('sqlKv() has no database yet: name it in the features of createAuth')
    return bound
  }
  const declaration = declareFeature({
    name: 'kv',
    needs: {},
    options: z.undefined(),
    contract: kvContract,
    tables: kvTables,
    migrations: kvMigrations,
    create({ database, ambient }) {
      if (bound) throw new BootError('one sqlKv() is named in two houses', 'Make one for each: its values are in one database.')
      bound = kvRows(database, ambient.clock)
      return bound
    },
    handlers: () => ({}),
    gives: (service) => ({ routines: [{ name: 'kv.sweep', everyMs: 600_000, run: async () => void (await service.sweep()) }] }),
  })
  return {
    name: 'kv',
    contract: kvContract,
    declaration,
    values: undefined,
    get: async (key) => rows().get(key),
    set: async (key, value, ttlMs) => rows().set(key, value, ttlMs),
    setIfAbsent: async (key, value, ttlMs) => rows().setIfAbsent(key, value, ttlMs),
    take: async (key) => rows().take(key),
    incr: async (key, ttlMs) => rows().incr(key, ttlMs),
    delete: async (key) => rows().delete(key),
  }
}
