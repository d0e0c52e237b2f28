/**
 * People in a store of the application, behind the same port as ours.
 *
 * Invariant: nothing it answers is believed unread, a person of another pool is nobody, and whatever it throws besides "taken" is
 * `unavailable`: an outage of theirs never looks like "no such user".
 *
 * @module
 */
import { z } from 'zod'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import type { Checkup } from '../feature.ts'
import { askForeign, instant } from '../foreign.ts'
import { E } from './contract.ts'
import type { Identifier, IdentifierKindName } from './identifiers.ts'
import type { IdentifierRecord, IUserStore, UserRecord, UserStore } from './store.ts'

const missing = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null)

const Stored = z.object({
  id: z.string().min(1).max(128),
  poolId: z.string().default('default'),
  identifiers: z
    .array(z.object({ kind: z.enum(['email', 'username', 'phone']), value: z.string().min(1), verifiedAt: missing(instant) }))
    .readonly(),
  role: z.string().min(1),
  firstName: missing(z.string()),
  lastName: missing(z.string()),
  locale: missing(z.string()),
  metadata: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((value) => value ?? {}),
  createdAt: instant,
})

/** Puts the application's store behind our port. */
export const foreignUserStore =
  (port: IUserStore) =>
  (ctx: Ctx): UserStore => {
    const own = (found: unknown): UserRecord | undefined => {
      if (found === null || found === undefined) return undefined
      const user = Stored.parse(found)
      return user.poolId === ctx.poolId ? user : undefined
    }
    return {
      findById: (id) => askForeign(ctx, async () => own(await port.findById(id))),
      /** One by one: the port asks for one at a time. */
      findMany: (ids) =>
        askForeign(ctx, async () => {
          const found: UserRecord[] = []
          for (const id of ids) found.push(...[own(await port.findById(id))].filter((user) => user !== undefined))
          return found
        }),
      findByIdentifier: (of) => askForeign(ctx, async () => own(await port.findByIdentifier({ ...of, poolId: ctx.poolId }))),
      create: (user) => askForeign(ctx, async () => void (await port.create(user))),
      update: (id, patch) => askForeign(ctx, async () => void (await port.update(id, patch))),
      /** Read once more right before: what is written is the whole list. */
      markVerified: (id, of, at) =>
        askForeign(ctx, async () => {
          const identifiers = own(await port.findById(id))?.identifiers ?? []
          const isMeant = ({ kind, value, verifiedAt }: IdentifierRecord) =>
            kind === of.kind && value === of.value && verifiedAt === null
          if (!identifiers.some(isMeant)) return false
          await port.update(id, { identifiers: identifiers.map((one) => (isMeant(one) ? { ...one, verifiedAt: at } : one)) })
          return true
        }),
      replaceEmail: (id, { email, verifiedAt }) =>
        askForeign(ctx, async () => {
          const user = own(await port.findById(id))
          if (!user) throw new AuthError(kernelErrors.not_found)
          const others = user.identifiers.filter(({ kind }) => kind !== 'email')
          await port.update(id, { identifiers: [{ kind: 'email', value: email, verifiedAt }, ...others] })
        }),
      /** One by one: the port asks for one at a time. */
      taken: (of) =>
        askForeign(ctx, async () => {
          const found: Identifier[] = []
          for (const { kind, value } of of) {
            if (own(await port.findByIdentifier({ kind, value, poolId: ctx.poolId }))) found.push({ kind, value })
          }
          return found
        }),
      remove: (id) => askForeign(ctx, () => port.delete(id)),
      list: ({ limit, cursor, q, ...rest }) =>
        askForeign(ctx, async () => {
          if (!port.list) throw new AuthError(E.list_not_possible, { detail: 'The store of users has no list().' })
          if (Object.values(rest).some((value) => value !== undefined)) throw new AuthError(E.list_not_possible)
          const search = q?.trim() || undefined
          const after = { ...(cursor !== undefined && { after: cursor }), ...(search !== undefined && { search }) }
          const page = await port.list({ poolId: ctx.poolId, limit, ...after })
          const users = page.users.flatMap((user) => own(user) ?? [])
          return { users, nextCursor: page.next ?? null }
        }),
      /** A store that cannot list is not taken for empty: nobody may become its first admin by accident. */
      isEmpty: () => askForeign(ctx, async () => (await port.list?.({ poolId: ctx.poolId, limit: 1 }))?.users.length === 0),
    }
  }

/** Looks for a person nobody is, and at the first of them all where the store can list: a row we cannot read would be an outage at a login. */
export const usersCheckup = (port: IUserStore, kind: IdentifierKindName): Checkup => ({
  store: 'users',
  port,
  required: ['findById', 'findByIdentifier', 'create', 'update', 'delete'],
  optional: { list: 'operators cannot list people' },
  async look(ctx, nobody) {
    const store = foreignUserStore(port)(ctx)
    const value = { email: `${nobody}@nobody.invalid`, username: nobody, phone: '+99900000000' }[kind]
    const found = [await store.findById(nobody), await store.findByIdentifier({ kind, value })]
    if (found.some((user) => user !== undefined)) throw new Error('it answers with a person where there is none')
    if (port.list) await store.list({ limit: 1, cursor: undefined })
  },
})
