/**
 * Password hashes in a store of the application; what is owed, and which hash is a better one of which, stays with us.
 *
 * Invariant: their compare-and-set decides, ours follows. They cannot join our transaction: when it fails after their write, the new hash
 * stands and the caller was told `unavailable`.
 *
 * @module
 */
import { equal } from '../../kernel/crypto/random.ts'
import type { Ctx } from '../../kernel/ctx.ts'
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

    async function isProved(userId: string, proved: string): Promise<boolean> {
      const [hash, kept] = [await found(userId), await marks.find(userId)]
      const isUpgraded = kept?.upgradedFrom != null && equal(kept.upgradedFrom, markOf(proved))
      return hash !== undefined && (equal(hash, proved) || isUpgraded)
    }

    return {
      async find(userId) {
        const [hash, kept] = [await found(userId), await marks.find(userId)]
        const { changeRequiredAt = null, upgradedFrom = null } = kept ?? {}
        return hash === undefined ? undefined : { hash, changeRequiredAt, upgradedFrom }
      },
      async set(userId, hash, changeRequiredAt) {
        await marks.set(userId, elsewhere, changeRequiredAt)
        await askForeign(() => port.set(userId, hash))
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
      async upgrade(userId, current, hash) {
        const swapped = await swap(userId, hash, current)
        if (swapped) await marks.noteUpgrade(userId, current)
        return swapped
      },
      noteUpgrade: marks.noteUpgrade,
      hold: isProved,
    }
  }
