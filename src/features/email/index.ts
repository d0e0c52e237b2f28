/**
 * E-mail addresses: proved by a mail that reaches them, changed in two steps, and put back by whoever had the old one.
 *
 * Invariant: an address counts as proved once somebody has shown what was sent to it and nowhere else, while it is still theirs; it changes once
 * the new one has answered, and never without a way back for the old one; no answer says which addresses are known (OWASP ASVS 5.0 V6.3.8, V6.5).
 * Not here: which addresses there are, and whose. That is `users/`.
 *
 * @module
 */
import { z } from 'zod'
import { duration } from '../../kernel/contract/duration.ts'
import { declareFeature } from '../feature.ts'
import { login } from '../login/index.ts'
import { linkTo, mail, pageOf } from '../mail/index.ts'
import { sessions } from '../sessions/index.ts'
import { optionsOf, setting, settings } from '../settings/index.ts'
import { tickets } from '../tickets/index.ts'
import { users } from '../users/index.ts'
import { createChange } from './change.ts'
import { emailAdminContract, emailContract } from './contract.ts'
import { createOwner } from './owner.ts'
import { createVerification } from './verification.ts'

const switches = {
  verification: setting({
    schema: z.enum(['none', 'lazy', 'strict']),
    default: 'none',
    summary: 'Who has to have proved their address to be let in: nobody, whoever is no newcomer any more, or everybody',
  }),
  confirmWith: setting({
    schema: z.enum(['mail', 'password']),
    default: 'mail',
    summary:
      'What an address is proved with: its mail alone, or also the password, so that nobody confirms an account somebody else opened',
  }),
  grace: setting({ schema: duration(), default: '7d', summary: 'How long `lazy` takes somebody for a newcomer' }),
}

export type { OwnerClaim } from './owner.ts'
export { type VerificationMode, verifyMail } from './verification.ts'

export const email = declareFeature({
  name: 'email',
  needs: { users, sessions, login, tickets, mail, settings },
  options: z.strictObject(optionsOf(switches)),
  contract: emailContract,
  adminContract: emailAdminContract,
  create({ needs, options, database, house, collect }) {
    const policy = needs.settings.policyOf('email', switches, options)
    const proveOwner = createOwner({ login: needs.login, policy })
    const transaction: typeof database.transaction = (ctx, work) => database.transaction(ctx, work)
    return {
      verification: createVerification({
        ...needs,
        transaction,
        policy,
        proveOwner,
        linkMs: house.linkTtls.verifyEmail,
        link: linkTo(house, 'verifyEmail', '/verify'),
        forgotPage: pageOf(house, 'forgotPassword', '/password/forgot'),
      }),
      change: createChange({
        ...needs,
        transaction,
        proveOwner,
        async reauthenticate(ctx, auth, shown) {
          for (const prove of collect('reauthenticate')) await prove(ctx, auth, shown)
        },
        authentications: () => collect('authentications'),
        regain: () => collect('regain'),
        confirmLink: linkTo(house, 'changeEmail', '/email/change/confirm'),
        revertLink: linkTo(house, 'revertEmail', '/email/change/revert'),
      }),
    }
  },
  handlers: ({ verification, change }) => ({
    verify: ({ ctx, input, presented: { deviceCookie } }) =>
      'token' in input
        ? verification.verify(ctx, { ...input, deviceCookie })
        : verification.verifyByCode(ctx, { ...input, deviceCookie }),
    resend: ({ ctx, input }) => verification.resend(ctx, input.email),
    change: ({ ctx, auth, input: { newEmail, ...shown } }) => change.request(ctx, auth, newEmail, shown),
    confirmChange: ({ ctx, input, presented: { deviceCookie } }) => change.confirm(ctx, { ...input, deviceCookie }),
    revertChange: ({ ctx, input }) => change.revert(ctx, input.token),
  }),
  adminHandlers: ({ verification }) => ({
    sendVerification: ({ ctx, input }) => verification.send(ctx, input.id),
    verify: ({ ctx, input }) => verification.vouch(ctx, input.id),
  }),
  gives: ({ verification, change }) => ({
    gate: verification.gate,
    verification,
    welcome: verification.welcome,
    mails: [...verification.writers, ...change.writers],
  }),
})
