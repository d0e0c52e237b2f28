/**
 * Password hashes in a store of the application; what is owed, and which hash is a better one of which, stays with us.
 *
 * Invariant: their compare-and-set decides, ours follows. They cannot join our transaction: when it fails after their write, the new hash
 * stands and the caller was told `unavailable`.
 *
 * @module
 */
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { equal } from '../../kernel/crypto/random.ts'
import type { Ctx } from '../../kernel/ctx.ts'
import type { Checkup } from '../feature.ts'
import { askForeign } from '../foreign.ts'
import { markOf } from './mark.ts'
import type { PasswordStore } from './store.sql.ts'
import type { IPasswordStore } from './store.ts'

/** Stands in our row where the hash would be; it is no hash, so nothing verifies against it. */
const elsewhere = ''

/** Puts the application's store before ours. */
export const foreignPasswordStore =
  (port: IPasswordStore, own: (ctx: Ctx) => PasswordStore) =>
  (ctx: Ctx): PasswordStore => {
    const marks = own(ctx)
    const swap = (userId: string, hash: string, proved: string) => askForeign(() => port.set(userId, hash, proved))
    const found = async (userId: string) => (await askForeign(() => port.find(userId))) ?? undefined

    /** Only while their hash is the one of our upgrade: they may have set another one since. */
    const upgradedTo = (hash: string, kept: { hash: string; upgradedFrom: string | null } | undefined) =>
      kept !== undefined && equal(kept.hash, markOf(hash)) ? kept.upgradedFrom : null

    async function isProved(userId: string, proved: string): Promise<boolean> {
      const [hash, kept] = [await found(userId), await marks.find(userId)]
      if (hash === undefined) return false
      const from = upgradedTo(hash, kept)
      return equal(hash, proved) || (from !== null && equal(from, markOf(proved)))
    }

    return {
      async find(userId) {
        const [hash, kept] = [await found(userId), await marks.find(userId)]
        if (hash === undefined) return undefined
        return { hash, changeRequiredAt: kept?.changeRequiredAt ?? null, upgradedFrom: upgradedTo(hash, kept) }
      },
      async set(userId, hash, changeRequiredAt) {
        await marks.set(userId, elsewhere, changeRequiredAt)
        // Nobody may be there without what opens the door for them.
        if (!(await askForeign(() => port.set(userId, hash)))) throw new AuthError(kernelErrors.unavailable)
      },
      async replace(userId, proved, hash) {
        const current = await found(userId)
        if (current === undefined || !(await isProved(userId, proved)) || !(await swap(userId, hash, current))) return false
        await marks.set(userId, elsewhere, null)
        return true
      },
      async replaceOwed(userId, proved, hash) {
        const kept = await marks.find(userId)
        return kept?.changeRequiredAt != null && this.replace(userId, proved, hash)
      },
      /** A column too narrow for the better hash does not undo a right password; what their store keeps now decides. */
      async upgrade(userId, current, hash) {
        const swapped = await swap(userId, hash, current).catch(async () => (await found(userId)) === hash)
        if (swapped) await marks.noteUpgrade(userId, current, hash)
        return swapped
      },
      noteUpgrade: marks.noteUpgrade,
      hold: isProved,
    }
  }

/** Looks for the hash of a person nobody is. */
export const passwordsCheckup = (port: IPasswordStore): Checkup => ({
  store: 'passwords',
  port,
  required: ['find', 'set'],
  optional: {},
  async look(_ctx, nobody) {
    const hash = await askForeign(() => port.find(nobody))
    if (hash !== null && hash !== undefined) throw new Error('it answers with a hash for a person there is not')
  },
})
