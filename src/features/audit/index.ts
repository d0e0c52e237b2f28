/**
 * The audit log: actor, action, target, before and after of every event that is declared an audit row.
 *
 * Invariant: the row commits with the change. Not here: hash chaining and export.
 *
 * @module
 */
import { z } from 'zod'
import { declareFeature } from '../feature.ts'
import { auditAdminContract, auditContract } from './contract.ts'
import { createAudit } from './service.ts'
import { auditMigrations, auditStore, auditTables } from './store.sql.ts'

export const audit = declareFeature({
  name: 'audit',
  needs: {},
  options: z.undefined(),
  contract: auditContract,
  adminContract: auditAdminContract,
  tables: auditTables,
  migrations: auditMigrations,
  create: ({ database, catalogue }) => createAudit({ store: auditStore(database), catalogue }),
  handlers: (service) => ({ mine: ({ ctx, auth, input }) => service.mine(ctx, auth.userId, input) }),
  adminHandlers: (service) => ({
    list: ({ ctx, input }) => service.list(ctx, input),
    get: ({ ctx, input }) => service.get(ctx, input.id),
  }),
  gives: (service) => ({ eventSink: service.sink, userData: service.userData }),
})
