/**
 * Users: identifiers, profile, role, and the two facts that can end every authentication of a person (`tokenVersion`, disabled).
 *
 * Invariant: one user per canonical identifier in a pool, held by a primary key; a disabled user has no session and no ticket.
 * Not here: credentials. A password, a passkey or a code belongs to the feature that proves it.
 *
 * @module
 */
import { z } from 'zod'
import type { Handlers } from '../../kernel/contract/call.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { createInvalidate } from '../../storage/invalidate.ts'
import { declareFeature, type Routine } from '../feature.ts'
import { optionsOf, setting, settings } from '../settings/index.ts'
import { type User, usersAdminContract, usersContract } from './contract.ts'
import { abandonedMs, type Creation, createCreation, type Leftovers, type Welcome } from './creation.ts'
import { foreignUserStore, usersCheckup } from './foreign-store.ts'
import { intentStore } from './intents.sql.ts'
import { usersMigrations, usersTables } from './migrations.sql.ts'
import { type Authentications, createUsers, toUser } from './service.ts'
import { userStateStore } from './state.sql.ts'
import { stepStore } from './steps.sql.ts'
import { sweepReleased, userStore } from './store.sql.ts'
import type { IUserStore, UserQuery, UserRecord } from './store.ts'
import { createUserData } from './user-data.ts'

export { E as usersErrors, isOperatorRole, type OperatorRole, operatorRoles, User } from './contract.ts'
export type { Furnishing } from './creation.ts'
export type { Identifier, IdentifierKindName } from './identifiers.ts'
export { type NewUser, toUser } from './service.ts'
export type { UserStateTable } from './state.sql.ts'
export type { IUserStore, Maybe, UserChange, UserRecord, UserState } from './store.ts'
export { addressesOf, emailOf, hasAddress, isVerified } from './verifying.ts'

declare module '../feature.ts' {
  interface Stores {
    users: IUserStore
  }
  interface Gives {
    /** Ends what a feature holds of a user's authentications, when the user loses their standing. */
    authentications: Authentications
    /** Takes back what a feature wrote in a store of the application for somebody who never came to be. */
    leftovers: Leftovers
    welcome: Welcome
    /** Refuses that somebody loses their role or is shut out whom the house cannot do without; not asked about people in a store of the application. */
    indispensable: (tx: Tx, user: UserRecord) => Promise<void>
  }
}

const hour = 3_600_000

const switches = {
  registration: setting({ schema: z.boolean(), default: true, summary: 'Whether anybody may register' }),
}

const options = z
  .strictObject({
    identifiers: z
      .array(z.enum(['email', 'username', 'phone']))
      .min(1)
      .default(['email']),
    ...optionsOf(switches),
    defaultRole: z.string().min(1).default('user'),
  })
  .prefault({})

export const users = declareFeature({
  name: 'users',
  needs: { settings },
  options,
  contract: usersContract,
  adminContract: usersAdminContract,
  tables: usersTables,
  migrations: usersMigrations,
  create({ needs, database, ambient, options, house, collect }) {
    const foreign = house.stores.users
    const isForeign = foreign !== undefined
    const store = foreign ? foreignUserStore(foreign) : userStore(database)
    const transaction: typeof database.transaction = (ctx, work) => database.transaction(ctx, work)
    const [intents, steps] = [intentStore(database), stepStore(database)]
    const service = createUsers({
      creation: createCreation({
        store,
        isForeign,
        intents,
        leftovers: () => collect('leftovers'),
        welcomes: () => collect('welcome'),
        transaction,
      }),
      isForeign,
      steps,
      store,
      state: userStateStore(database),
      transaction,
      invalidate: createInvalidate(database),
      authentications: () => collect('authentications'),
      indispensable: () => collect('indispensable'),
      newId: ambient.newId,
      options,
      policy: needs.settings.policyOf('users', switches, options),
    })
    // Whatever of a person is written elsewhere can be left over by a crash.
    const createsElsewhere = Object.keys(house.stores).length > 0
    const isPending = async (ctx: Ctx, userId: string) => createsElsewhere && intents.isPending(ctx, userId)
    const checkup = foreign && usersCheckup(foreign, options.identifiers[0] ?? 'email')
    const userData = createUserData({ store, state: userStateStore(database), intents, steps, isForeign })
    const sweep = () => sweepReleased(database)(ambient.clock.now())
    return { ...service, isForeign, createsElsewhere, isPending, checkup, sweep, userData, now: ambient.clock.now }
  },
  gives: (service) => ({
    ...(service.checkup && { checkup: service.checkup }),
    userData: service.userData,
    bulkActions: [
      {
        name: 'disable',
        joins: !service.isForeign,
        run: async (ctx, id, { reason }) => void (await service.disable(ctx, id, reason)),
      },
      { name: 'enable', joins: !service.isForeign, run: async (ctx, id) => void (await service.enable(ctx, id)) },
    ],
    gate: async (ctx, userId) =>
      (await service.stateOf(ctx, userId)).disabledAt === null && !(await service.isPending(ctx, userId)) ? undefined : 'refused',
    routines: [
      { name: 'users.sweep', everyMs: hour, run: service.sweep },
      ...(service.createsElsewhere ? [clearing(service)] : []),
    ],
  }),
  handlers: (service) => ({
    me: async ({ ctx, auth: { userId, impersonation } }) => ({
      ...toUser(await service.get(ctx, userId), ctx.tenantId),
      ...(impersonation && { impersonation }),
    }),
    updateMe: async ({ ctx, auth, input }) => toUser(await service.updateProfile(ctx, auth.userId, defined(input)), ctx.tenantId),
  }),
  adminHandlers: (service) => ({
    list: ({ ctx, input }) => service.listForOperators(ctx, queryOf(input)),
    names: async ({ ctx, input }) => ({ users: await service.names(ctx, input.ids) }),
    get: ({ ctx, input }) => service.detail(ctx, input.id),
    update: async ({ ctx, input: { id, ...patch } }) =>
      service.adminView(ctx, await service.updateProfile(ctx, id, defined(patch))),
    metadata: async ({ ctx, input }) => ({ metadata: (await service.get(ctx, input.id)).metadata as User['metadata'] }),
    setMetadata: async ({ ctx, input: { id, metadata } }) => ({
      metadata: (await service.updateProfile(ctx, id, { metadata })).metadata as User['metadata'],
    }),
    setRole: async ({ ctx, input: { id, role } }) => service.adminView(ctx, await service.updateProfile(ctx, id, { role })),
    create: async ({ ctx, input: { identifier, ...profile } }) =>
      service.adminView(ctx, await service.createByOperator(ctx, { identifier: service.read(identifier), ...profile })),
    disable: async ({ ctx, input }) => service.adminView(ctx, await service.disable(ctx, input.id, input.reason)),
    enable: async ({ ctx, input }) => service.adminView(ctx, await service.enable(ctx, input.id)),
  }),
})

export type ListInput = Parameters<Handlers<typeof usersAdminContract>['list']>[0]['input']

/** What operators ask of a list, as the service takes it. */
export const queryOf = ({ filter, q = filter, verified, createdFrom, createdTo, ...rest }: ListInput): UserQuery => ({
  ...rest,
  q,
  verified: verified && verified === 'true',
  createdFrom: instantOf(createdFrom),
  createdTo: instantOf(createdTo),
})

const instantOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text))

const clearing = ({ undoAbandoned, now }: { undoAbandoned: Creation['undoAbandoned']; now(): Date }): Routine => ({
  name: 'users.undoAbandoned',
  everyMs: abandonedMs,
  run: async () => void (await undoAbandoned(now())),
})

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
const defined = <T extends object>(input: T) =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Defined<T>

/** The service other features see. */
export type UsersService = ReturnType<typeof users.create>
