import { AuthError, invalidField, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import type { Gives } from '../feature.ts'
import { createAddressing } from './addressing.ts'
import { E, isOperatorRole, issues, type User } from './contract.ts'
import type { Creation } from './creation.ts'
import { type Identifier, type IdentifierKindName, parseIdentifier } from './identifiers.ts'
import type { StepStore } from './steps.sql.ts'
import type { NewEmail, UserPatch, UserQuery, UserRecord, UserState, UserStateStore, UserStore } from './store.ts'
import { createVerifying } from './verifying.ts'

/** What of a user lives in other features and has to die with their standing: sessions, tickets. */
export interface Authentications {
  /** @param keep the session this is asked from, if it shall live on */
  endAll(tx: Tx, userId: string, cause: string, keep?: string): Promise<void>
}

interface UsersDeps {
  readonly creation: Creation
  /** Whether people live in a store of the application, which cannot join our transactions. */
  readonly isForeign: boolean
  readonly steps: StepStore
  store(ctx: Ctx): UserStore
  state(ctx: Ctx): UserStateStore
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  invalidate(tx: Tx, subjects: readonly { kind: 'user'; id: string }[]): Promise<void>
  authentications(): readonly Gives['authentications'][]
  indispensable(): readonly Gives['indispensable'][]
  newId(): string
  readonly options: {
    readonly identifiers: readonly IdentifierKindName[]
    readonly defaultRole: string
  }
  policy(ctx: Ctx): Promise<{ readonly registration: boolean }>
}

/** A person to be created. */
export interface NewUser {
  readonly identifier: Identifier
  readonly role?: string | undefined
  readonly verifiedAt?: Date | undefined
  readonly firstName?: string | null | undefined
  readonly lastName?: string | null | undefined
  readonly locale?: string | null | undefined
  readonly metadata?: Record<string, unknown> | undefined
}

/** Who exists, and whether they may still be somebody here. */
export function createUsers({
  creation,
  isForeign,
  steps,
  store,
  state,
  transaction,
  invalidate,
  authentications,
  indispensable,
  newId,
  options,
  policy,
}: UsersDeps) {
  const { create, undoAbandoned } = creation

  /** @returns `undefined` when the text is no identifier of an allowed kind */
  const parse = (typed: string) => parseIdentifier(typed, options.identifiers)

  /** @throws validation_failed when the text is no identifier of an allowed kind */
  function read(typed: string): Identifier {
    const identifier = parse(typed)
    if (identifier) return identifier
    throw invalidField('/identifier', issues.not_an_identifier)
  }

  async function get(ctx: Ctx, id: string): Promise<UserRecord> {
    const user = await store(ctx).findById(id)
    if (!user) throw new AuthError(kernelErrors.not_found)
    return user
  }

  /** A person who does not exist yet; creating them is {@link create}. */
  function draft(ctx: Ctx, fresh: NewUser): UserRecord {
    return {
      id: newId(),
      poolId: ctx.poolId,
      identifiers: [{ ...fresh.identifier, verifiedAt: fresh.verifiedAt ?? null }],
      role: fresh.role ?? options.defaultRole,
      firstName: fresh.firstName ?? null,
      lastName: fresh.lastName ?? null,
      locale: fresh.locale ?? null,
      metadata: fresh.metadata ?? {},
      createdAt: ctx.at,
    }
  }

  /**
   * Changes a profile. Where people live elsewhere their store goes first: when it is not followed by our transaction nobody was told that
   * anything changed, and sessions see it as a change of the application's own.
   *
   * @throws not_found | last_owner
   */
  async function updateProfile(ctx: Ctx, id: string, patch: UserPatch): Promise<UserRecord> {
    const write = async (on: Ctx) => {
      const before = await get(on, id)
      await store(on).update(id, patch)
      return before
    }
    const written = isForeign ? await write(ctx) : undefined
    await transaction(ctx, async (tx) => {
      if (patch.role !== undefined) await assertDispensable(tx, id, patch.role)
      const before = written ?? (await write(tx))
      await invalidate(tx, [{ kind: 'user', id }])
      const fields = Object.keys(patch)
      tx.emit('identity.user.updated', {
        userId: id,
        data: { fields },
        audit: { target: id, before: pick(before, fields), after: patch },
      })
    })
    return get(ctx, id)
  }

  /**
   * Puts an address in the place of the one somebody has, in a transaction of the caller where people are kept with us, and outside of any where
   * they are not. Whoever calls it says what happened ({@link announce}).
   *
   * @throws identifier_taken
   */
  const replaceEmail = (ctx: Ctx, id: string, of: NewEmail): Promise<void> => store(ctx).replaceEmail(id, of)

  /** Has every session of a user read anew who they are. */
  const announce = (tx: Tx, id: string): Promise<void> => invalidate(tx, [{ kind: 'user', id }])

  /** Ends every authentication of a user at once: whatever was stamped with the older version is refused from now on. */
  async function raiseTokenVersion(tx: Tx, userId: string): Promise<void> {
    await state(tx).raiseTokenVersion(userId)
    await invalidate(tx, [{ kind: 'user', id: userId }])
  }

  /** @throws not_found | last_owner */
  async function disable(ctx: Ctx, id: string, reason: string): Promise<UserRecord> {
    const user = await get(ctx, id)
    return transaction(ctx, async (tx) => {
      await assertDispensable(tx, id)
      await state(tx).setDisabled(id, tx.at, reason)
      await raiseTokenVersion(tx, id)
      for (const other of authentications()) await other.endAll(tx, id, 'user_disabled')
      tx.emit('identity.user.disabled', { userId: id, data: { reason }, audit: { target: id } })
      return user
    })
  }

  /** Ends whatever began while the user was being disabled, so that nothing of before revives; does nothing when they are not. */
  async function enable(ctx: Ctx, id: string): Promise<UserRecord> {
    const user = await get(ctx, id)
    return transaction(ctx, async (tx) => {
      if ((await stateOf(tx, id)).disabledAt === null) return user
      await state(tx).setDisabled(id, null, null)
      await raiseTokenVersion(tx, id)
      tx.emit('identity.user.enabled', { userId: id, data: {}, audit: { target: id } })
      return user
    })
  }

  async function adminView(ctx: Ctx, user: UserRecord) {
    return { ...toUser(user, ctx.tenantId), disabledAt: (await stateOf(ctx, user.id)).disabledAt }
  }

  /** The same of a page of them, in one statement. */
  async function adminViews(ctx: Ctx, users: readonly UserRecord[]) {
    const states = await state(ctx).list(users.map(({ id }) => id))
    return users.map((user) => ({ ...toUser(user, ctx.tenantId), disabledAt: states.get(user.id)?.disabledAt ?? null }))
  }

  /** One page for operators. */
  async function listForOperators(ctx: Ctx, query: UserQuery) {
    const { limit: _limit, cursor: _cursor, sort: _sort, ...filter } = query
    const [{ users, nextCursor }, total] = await Promise.all([store(ctx).list(query), store(ctx).count?.(filter)])
    return { users: await adminViews(ctx, users), nextCursor, ...(total && { total }) }
  }

  /** Those of them who are there. */
  const names = async (ctx: Ctx, ids: readonly string[]) =>
    (await store(ctx).findMany(ids)).map((user) => toUser(user, ctx.tenantId))

  /** @throws not_found */
  async function detail(ctx: Ctx, id: string) {
    const user = await get(ctx, id)
    return { ...toUser(user, ctx.tenantId), ...(await state(ctx).find(id)), identifiers: [...user.identifiers] }
  }

  /**
   * Whoever manages people does not decide by that who operates the house; trusted code does.
   *
   * @throws operator_role
   */
  function assertGivable({ actor }: Ctx, role: string | undefined): void {
    if (isOperatorRole(role ?? options.defaultRole) && actor.kind !== 'system') throw new AuthError(E.operator_role)
  }

  /**
   * Stands between whoever starts a session of this user and whoever ends them all: the first statement of either's transaction. Without it
   * a session that begins while its user is being disabled is seen by neither (CC-04).
   */
  const hold = (tx: Tx, userId: string): Promise<void> => state(tx).hold(userId)

  /**
   * Comes before somebody is shut out, or gets another role; holds them, so that whoever does so at the same moment waits.
   *
   * @throws last_owner
   */
  async function assertDispensable(tx: Tx, userId: string, role?: string): Promise<void> {
    await hold(tx, userId)
    const user = isForeign ? undefined : await store(tx).findById(userId)
    if (user && user.role !== role) for (const ask of indispensable()) await ask(tx, user)
  }

  const readdress = createAddressing({ steps, store, transaction, hold, newId })

  const stateOf = (ctx: Ctx, userId: string): Promise<UserState> => state(ctx).find(userId)

  return {
    parse,
    read,
    isRegistrationOpen: async (ctx: Ctx) => (await policy(ctx)).registration,
    kinds: options.identifiers,
    policy,
    get,
    find: (ctx: Ctx, id: string) => store(ctx).findById(id),
    findByIdentifier: (ctx: Ctx, of: Identifier) => store(ctx).findByIdentifier(of),
    isEmpty: (ctx: Ctx) => store(ctx).isEmpty(),
    list: (ctx: Ctx, query: UserQuery) => store(ctx).list(query),
    listForOperators,
    names,
    detail,
    assertGivable,
    taken: (ctx: Ctx, of: readonly Identifier[]) => store(ctx).taken(of),
    draft,
    create,
    createByOperator: (ctx: Ctx, fresh: NewUser) => {
      assertGivable(ctx, fresh.role)
      const user = draft(ctx, fresh)
      return create(ctx, user, { within: async () => user })
    },
    undoAbandoned,
    updateProfile,
    verifying: createVerifying({ isForeign, store, readdress, invalidate }),
    readdress,
    replaceEmail,
    announce,
    raiseTokenVersion,
    hold,
    assertDispensable,
    disable,
    enable,
    stateOf,
    adminView,
    adminViews,
  }
}

/** A record as the wire shows it, acting in a tenant. */
export function toUser(user: UserRecord, tenantId: string): User {
  const value = (kind: IdentifierKindName) => user.identifiers.find((one) => one.kind === kind)
  return {
    id: user.id,
    email: value('email')?.value ?? null,
    emailVerified: value('email')?.verifiedAt != null,
    username: value('username')?.value ?? null,
    phone: value('phone')?.value ?? null,
    firstName: user.firstName,
    lastName: user.lastName,
    locale: user.locale,
    role: user.role,
    roles: [user.role],
    tenantId,
    metadata: user.metadata as User['metadata'],
    createdAt: user.createdAt,
  }
}

const pick = (from: object, fields: readonly string[]) =>
  Object.fromEntries(Object.entries(from).filter(([key]) => fields.includes(key)))
