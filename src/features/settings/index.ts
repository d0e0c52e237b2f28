/**
 * Settings: switches that operators change while the house runs, in place of what the options say.
 *
 * Invariant: what is set holds from the next request on, on every node, and beats the option unless that is `fixed(v)`. A value nobody can
 * read, because the database is away or another release wrote it, is `unavailable`: never the option instead, never the old value.
 * Not here: which settings there are. Each feature declares its own, and reads them through the policy it gets for them.
 *
 * @module
 */
import { z } from 'zod'
import { createInvalidate } from '../../storage/invalidate.ts'
import { declareFeature } from '../feature.ts'
import { settingsAdminContract, settingsContract } from './contract.ts'
import { createMemory } from './memory.ts'
import { createSettings } from './service.ts'
import { settingMigrations, settingStore, settingTables } from './store.sql.ts'

export { createMemory, type Memory } from './memory.ts'
export { type Fixed, fixed, type Given, optionsOf, setting } from './setting.ts'

export const settings = declareFeature({
  name: 'settings',
  needs: {},
  options: z.undefined(),
  contract: settingsContract,
  adminContract: settingsAdminContract,
  tables: settingTables,
  migrations: settingMigrations,
  create({ database }) {
    const store = settingStore(database)
    const memory = createMemory({ kind: 'setting', isCurrent: database.changes.isCurrent, load: (ctx) => store(ctx).read() })
    database.changes.hear(memory.hear)
    return createSettings({
      store,
      memory,
      transaction: (ctx, work) => database.transaction(ctx, work),
      invalidate: createInvalidate(database),
    })
  },
  gives: (service) => ({ health: { name: 'settings', look: service.look } }),
  handlers: () => ({}),
  adminHandlers: (service) => ({
    list: ({ ctx }) => service.list(ctx),
    set: ({ ctx, input }) => service.set(ctx, input.settings),
  }),
})
