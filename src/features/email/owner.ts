import type { Ctx } from '../../kernel/ctx.ts'
import type { Known, Login, Proof } from '../login/index.ts'
import type { UserRecord } from '../users/index.ts'

/** What whoever opened an account knows besides, and where they say it. */
export interface OwnerClaim extends Known {
  readonly password?: string | undefined
}

interface OwnerDeps {
  readonly login: Pick<Login, 'provePassword'>
  /** Whether a mail is enough, or whoever has it has to know the password of the account too. */
  policy(ctx: Ctx): Promise<{ confirmWith: 'mail' | 'password' }>
}

/** What shows, beside a mail, that whoever reads it opened the account: nobody makes an address theirs who does not read its mail (LK-07). */
export const createOwner =
  ({ login, policy }: OwnerDeps) =>
  /** @throws password_required | invalid_credentials | rate_limited | unavailable */
  async (ctx: Ctx, user: UserRecord, shown: OwnerClaim): Promise<Proof | undefined> => {
    const { confirmWith } = await policy(ctx)
    return confirmWith === 'password' ? login.provePassword(ctx, user, shown.password, shown) : undefined
  }

/** Built once, for both ways an address is proved. */
export type ProveOwner = ReturnType<typeof createOwner>
