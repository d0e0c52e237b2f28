/**
 * Texts: the words of our pages that operators change while the house runs, in place of those of `messages/`.
 *
 * Invariant: what is set holds from the next look on, on every node. A text that is taken can be written with the values its page has; it
 * is text, and becomes no markup.
 * Not here: the words of mails (`mail/`).
 *
 * @module
 */
import { z } from 'zod'
import { createInvalidate } from '../../storage/invalidate.ts'
import { declareFeature } from '../feature.ts'
import { createMemory, settings } from '../settings/index.ts'
import { textsAdminContract, textsContract } from './contract.ts'
import { createTexts } from './service.ts'
import { textMigrations, textStore, textTables } from './store.sql.ts'

export const texts = declareFeature({
  name: 'texts',
  needs: { settings },
  options: z.undefined(),
  contract: textsContract,
  adminContract: textsAdminContract,
  tables: textTables,
  migrations: textMigrations,
  create({ database }) {
    const store = textStore(database)
    const memory = createMemory({ kind: 'text', isCurrent: database.changes.isCurrent, load: (ctx) => store(ctx).read() })
    database.changes.hear(memory.hear)
    return createTexts({
      store,
      memory,
      transaction: (ctx, work) => database.transaction(ctx, work),
      invalidate: createInvalidate(database),
    })
  },
  handlers: () => ({}),
  adminHandlers: (service) => ({
    list: ({ ctx }) => service.list(ctx),
    set: ({ ctx, input }) => service.set(ctx, input),
  }),
})
