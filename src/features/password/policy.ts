/**
 * Which passwords may be set (NIST SP 800-63B-4 §3.1.1.2; OWASP ASVS 5.0 V6.2).
 *
 * Invariant: length and guessability decide, never composition: no rule asks for digits or symbols, and nothing is cut off.
 * Lengths count code points of the NFC form, which is what is hashed.
 * Not here: lists of others (breaches.ts); the limit on what may be checked at login, where any password may be tried.
 *
 * @module
 */
import { type IssueReason, kernelIssues } from '../../kernel/contract/issues.ts'
import { issues } from './contract.ts'

/** Why a password may not be set. */
export type PasswordProblem = 'too_short' | 'too_long' | 'malformed' | 'common' | 'guessable'

/** What a password is judged by. */
export interface PasswordRules {
  /** In code points. */
  readonly minLength: number
  /** What an attacker tries first: the e-mail address or user name, the application's name. E-mail addresses count by their local part too. */
  readonly forbidden: readonly string[]
}

const maxLength = 256
const maxBytes = 1024

/** Shorter words are too often a part of something else. */
const shortestForbidden = 3
/** How much has to remain of a password once the forbidden words are taken out of it. */
const leastRemainder = 6

/**
 * Judges a password that is about to be set.
 *
 * @returns the reasons against it, none when it is good
 * @example
 * ```ts
 * await passwordProblems('ada.lovelace2', { minLength: 12, forbidden: ['ada.lovelace@example.com'] }) // ['guessable']
 * ```
 */
export async function passwordProblems(password: string, { minLength, forbidden }: PasswordRules): Promise<PasswordProblem[]> {
  const length = lengthOf(password)
  if (isTooLong(password)) return ['too_long']

  const folded = fold(password)
  // Imported when a password is first set: most processes of a large system never need the list.
  const { commonPasswords } = await import('./common-passwords.ts')
  const judged: readonly (readonly [PasswordProblem, boolean])[] = [
    ['too_short', length < minLength],
    ['malformed', isMalformed(password)],
    ['common', commonPasswords.has(folded)],
    ['guessable', isGuessable(folded, forbidden)],
  ]
  return judged.filter(([, applies]) => applies).map(([problem]) => problem)
}

/** What a refusal says of a problem. */
export function reasonOf(problem: PasswordProblem, { minLength }: Pick<PasswordRules, 'minLength'>): IssueReason {
  if (problem === 'too_short') return { ...kernelIssues.too_short, limit: minLength }
  if (problem === 'too_long') return { ...kernelIssues.too_long, limit: maxLength }
  return issues[problem]
}

/** Whether a password may be hashed at all, whatever the rules are that it is judged by. */
export const isHashable = (password: string): boolean => password !== '' && !isTooLong(password) && !isMalformed(password)

const lengthOf = (password: string): number => [...password.normalize('NFC')].length

const isTooLong = (password: string): boolean =>
  lengthOf(password) > maxLength || Buffer.byteLength(password.normalize('NFC')) > maxBytes

/** Has no UTF-8 form: two such passwords would hash alike. */
const isMalformed = (password: string): boolean => /\p{Surrogate}/u.test(password)

function isGuessable(folded: string, forbidden: readonly string[]): boolean {
  const words = forbidden
    .flatMap((word) => [word, word.split('@')[0] ?? ''])
    .map(fold)
    .filter((word) => [...word].length >= shortestForbidden)
    .sort((a, b) => b.length - a.length) // a word before its parts
  const remainder = words.reduce((rest, word) => rest.replaceAll(word, ''), folded)
  return remainder !== folded && [...remainder].length < leastRemainder
}

const fold = (text: string): string => text.normalize('NFKC').toLowerCase()
