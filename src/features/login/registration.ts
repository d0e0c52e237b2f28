/**
 * Registering: somebody who was nobody here is enrolled with their first credential.
 *
 * Invariant: where addresses are proved first, nobody learns from a registration which ones are known (OWASP ASVS 5.0 V6.3.8).
 *
 * @module
 */
import { AuthError, isAuthError } from '../../kernel/contract/errors.ts'
import { asUser, type Ctx, type Tx } from '../../kernel/ctx.ts'
import type { Hooks } from '../feature.ts'
import type { Furnishing, UserRecord, UsersService } from '../users/index.ts'
import { E } from './contract.ts'
import type { LoginMethod, Verification } from './method.ts'
import type { From, LoginAnswer, Step, Within } from './service.ts'

interface RegistrationDeps {
  readonly users: UsersService
  readonly hooks: Hooks
  method(name: string): LoginMethod
  verification(): Verification | undefined
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Takes somebody to a session, or to what is still owed. */
  advance(ctx: Ctx, step: Step, from: From, within: Within): Promise<LoginAnswer>
}

/** Builds `register`. */
export function createRegistration({ users, hooks, method, verification, transaction, advance }: RegistrationDeps) {
  /** @throws validation_failed | password_rejected | identifier_taken | registration_closed | denied_by_app */
  async function register(ctx: Ctx, typed: string, secret: object, profile: object, from: From): Promise<LoginAnswer> {
    if (!(await users.isRegistrationOpen(ctx))) throw new AuthError(E.registration_closed)
    const identifier = users.read(typed)
    await hooks.beforeRegister?.({ email: identifier.kind === 'email' ? identifier.value : null })
    const password = method('password')
    if (!password.enrol) throw new Error('the password method cannot enrol')
    const enrolment = await password.enrol(ctx, password.input.parse(secret), { identifier: identifier.value })
    const user = users.draft(ctx, { identifier, ...profile })
    const proving = verification()
    if (identifier.kind === 'email' && (await proving?.isFirst(ctx))) return registerUnseen(ctx, user, enrolment)
    const evidence = [{ factor: password.name, amr: password.amr, at: ctx.at }]
    const step = { user, evidence, restsOn: {}, refusal: E.registration_closed, isLogin: false }
    return advance(ctx, step, from, (as, work) =>
      users.create(as, user, {
        ahead: enrolment.ahead,
        async within(tx, userId) {
          await enrolment.within(tx, userId)
          return work(tx)
        },
      }),
    )
  }

  /**
   * Registers where addresses are proved first. Whether this one is known shows in the mail and nowhere else: not in the answer, not in its time, which
   * the hash decides, and not by a gate, since the next login asks them all.
   */
  async function registerUnseen(ctx: Ctx, user: UserRecord, enrolment: Furnishing<void>): Promise<LoginAnswer> {
    const [identifier] = user.identifiers
    if (!identifier) throw new Error('nobody is registered without an identifier')
    const isKnown = (await users.findByIdentifier(ctx, identifier)) !== undefined || !(await isCreated(ctx, user, enrolment))
    if (isKnown) await transaction(ctx, async (tx) => verification()?.oweKnown(tx, identifier.value))
    return { value: { status: 'verification_required' }, grant: {} }
  }

  /** @returns `false` when somebody has the identifier */
  async function isCreated(ctx: Ctx, user: UserRecord, enrolment: Furnishing<void>): Promise<boolean> {
    try {
      await users.create(asUser(ctx, user.id), user, enrolment)
      return true
    } catch (error) {
      if (isAuthError(error, 'identifier_taken')) return false
      throw error
    }
  }

  return register
}
