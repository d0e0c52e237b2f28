/**
 * Pictures: what operators upload for our pages to show, kept in the database so that every node has them.
 *
 * Invariant: what stands under a name is one of four kinds of picture, by its bytes and not by what its sender called it, and never changes.
 * Whoever opens one by itself saves it: nothing that was uploaded becomes a page of this origin (OWASP ASVS 5.0 V5.2.2, V5.4).
 * Not here: which of them a page shows. That is a setting of `pages/`.
 *
 * @module
 */
import { z } from 'zod'
import { siteUrl } from '../../kernel/http/setup.ts'
import { declareFeature } from '../feature.ts'
import { pages } from '../pages/index.ts'
import { picturesAdminContract, picturesContract } from './contract.ts'
import { createPictureMemory } from './memory.ts'
import { createPictures } from './service.ts'
import { pictureMigrations, pictureStore, pictureTables } from './store.sql.ts'

export const pictures = declareFeature({
  name: 'pictures',
  needs: { pages },
  options: z.undefined(),
  contract: picturesContract,
  adminContract: picturesAdminContract,
  tables: pictureTables,
  migrations: pictureMigrations,
  create({ needs, database, house }) {
    const store = pictureStore(database)
    return createPictures({
      store,
      memory: createPictureMemory((ctx, filename) => store(ctx).find(filename)),
      transaction: (ctx, work) => database.transaction(ctx, work),
      urlOf: (filename) => siteUrl(house.baseUrl, `${house.basePath}/ui/assets/uploads/${filename}`).pathname,
      shown: needs.pages.policy,
    })
  },
  handlers: (service) => ({
    show: ({ ctx, input }) => service.show(ctx, input.filename),
  }),
  adminHandlers: (service) => ({
    list: ({ ctx }) => service.list(ctx),
    upload: ({ ctx, input }) => service.upload(ctx, input.file),
    delete: async ({ ctx, input }) => void (await service.remove(ctx, input.filename)),
  }),
})
