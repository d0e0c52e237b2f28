/**
 * System: what an operator is told of the process, its database, and how each part of the house does.
 *
 * Invariant: looking changes nothing, shows no secret, and waits for nothing outside but the stores of the application, for five seconds
 * each.
 * Not here: what only the machine tells (ports, folders, disks); that is `doctor`'s.
 *
 * @module
 */
import { z } from 'zod'
import { product } from '../../kernel/product.ts'
import { declareFeature } from '../feature.ts'
import { lookAtStores } from './checkups.ts'
import { systemAdminContract, systemContract } from './contract.ts'
import { createSystem } from './service.ts'

export { lookAtStores, type StoreLook } from './checkups.ts'

export const system = declareFeature({
  name: 'system',
  needs: {},
  options: z.undefined(),
  contract: systemContract,
  adminContract: systemAdminContract,
  create: ({ database, ambient, collect, house }) =>
    createSystem({
      version: product.version,
      node: process.versions.node,
      baseUrl: house.baseUrl,
      clock: ambient.clock,
      database,
      healths: () => collect('health'),
      checkups: () => collect('checkup'),
      lookAtStores: (ctx, checkups) => lookAtStores(checkups, ctx, ambient.newId),
    }),
  handlers: () => ({}),
  adminHandlers: (service) => ({ get: ({ ctx }) => service.get(ctx) }),
})
