/**
 * The account as a whole: deleting it, keeping it after all, taking its data along.
 *
 * Invariant: who has asked to be gone is out at once, on every node; when they are gone, nothing is left of them but the id in what has to stay
 * (the audit log, events). Not here: what each feature keeps of a person. Features say so through `gives.userData`, and this one knows none of
 * their tables.
 *
 * @module
 */
import { z } from 'zod'
import { BootError } from '../../kernel/config/boot-error.ts'
import type { Active } from '../../kernel/contract/access.ts'
import { duration } from '../../kernel/contract/duration.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import { declareFeature, type Shown } from '../feature.ts'
import { login } from '../login/index.ts'
import { linkTo, mail } from '../mail/index.ts'
import { sessions } from '../sessions/index.ts'
import { type Given, optionsOf, setting, settings } from '../settings/index.ts'
import { tickets } from '../tickets/index.ts'
import { users } from '../users/index.ts'
import { accountAdminContract, accountContract } from './contract.ts'
import { createMails } from './mails.ts'
import { createRemoval } from './removal.ts'
import { createAccount } from './service.ts'
import { accountMigrations, accountTables, departureStore } from './store.sql.ts'

const minute = 60_000

const switches = {
  grace: setting({
    schema: z.union([duration(), z.literal(false)]),
    default: '14d',
    summary:
      'How long an account waits to be deleted where there is mail, while its link takes it back; `false`: it goes at once',
  }),
}

export const account = declareFeature({
  name: 'account',
  needs: { users, sessions, tickets, login, settings },
  wants: { mail },
  options: z.strictObject(optionsOf(switches)).prefault({}),
  contract: accountContract,
  adminContract: accountAdminContract,
  tables: accountTables,
  migrations: accountMigrations,
  create({ needs, wants, options, database, ambient, house, collect }) {
    const departures = departureStore(database)
    const transaction: typeof database.transaction = (ctx, work) => database.transaction(ctx, work)
    const userData = () => collect('userData')
    const removal = createRemoval({ users: needs.users, departures, userData, transaction })
    const link = linkTo(house, 'restoreAccount', '/account/restore')
    const mails = wants.mail && createMails({ ...needs, departures, mail: wants.mail, transaction, link })
    const policy = needs.settings.policyOf('account', switches, options)
    if (!mails) assertNoGrace(options.grace)
    const graceMs = async (ctx: Ctx) => (mails && (await policy(ctx)).grace) || 0
    const service = createAccount({
      ...needs,
      departures,
      removal,
      hooks: house.hooks,
      graceMs,
      transaction,
      authentications: () => collect('authentications'),
      userData,
      reauthenticate: async (ctx: Ctx, auth: Active, shown: Shown) => {
        for (const prove of collect('reauthenticate')) await prove(ctx, auth, shown)
      },
      notice: async (tx, userId) => mails?.notice(tx, userId),
    })
    return { ...service, mails, graceMs, carryOutDue: () => removal.carryOutDue(ambient.clock.now()) }
  },
  handlers: (service) => ({
    delete: ({ ctx, auth, input }) => service.leave(ctx, auth, input),
    restore: ({ ctx, input }) => service.restore(ctx, input.token),
    export: ({ ctx, auth }) => service.showOwn(ctx, auth),
    exportProved: ({ ctx, auth, input }) => service.showOwn(ctx, auth, input),
  }),
  omits: ({ mails }) => (mails ? [] : ['restore']),
  adminHandlers: (service) => ({
    departure: ({ ctx, input }) => service.departureOf(ctx, input.id),
    delete: ({ ctx, input }) => service.remove(ctx, input.id, input.reason ?? null),
    restore: async ({ ctx, input }) => void (await service.restoreByOperator(ctx, input.id)),
    export: ({ ctx, input }) => service.show(ctx, input.id),
  }),
  gives: (service) => ({
    gate: service.gate,
    bulkActions: [{ name: 'delete', joins: false, run: service.removeOneOfMany }],
    regain: { undo: service.undo },
    mails: service.mails?.writers ?? [],
    routines: [{ name: 'account.remove', everyMs: minute, run: service.carryOutDue }],
  }),
})

/** Without mail nobody would learn how to stay, so there is no grace to speak of. @throws BootError when one is asked for */
function assertNoGrace({ source, value }: Given): void {
  if (source === 'default' || value === false) return
  throw new BootError(
    'account.grace needs mail, which says how to stay',
    'Give createAuth the option mail, or set account.grace to false.',
  )
}
