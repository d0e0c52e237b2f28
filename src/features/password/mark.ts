import { digest } from '../../kernel/crypto/random.ts'

/** What a proof is bound to instead of the hash it was made against: says whether two hashes are the same one, and nothing else. */
export const markOf = (hash: string): string => digest('password-mark', hash)
