/**
 * What an operator types to find somebody, as ranges of what is indexed.
 *
 * @module
 */
import { oneSpelling } from '../../kernel/contract/spelling.ts'
import { endOfPrefix } from '../../storage/ops.ts'

/** The first and the last text of a range, both in it. */
export type Range = readonly [from: string, to: string]

/** Where somebody may be found. */
export interface Search {
  readonly id: Range
  readonly identifier: Range
  readonly name: Range
}

/** @returns `undefined` for a text that looks for nobody in particular */
export function searchOf(typed: string | undefined): Search | undefined {
  const text = typed?.trim() ?? ''
  if (text === '') return undefined
  return { id: idsOf(text), identifier: prefixOf(oneSpelling(text)), name: prefixOf(oneName(text)) }
}

const prefixOf = (prefix: string): Range => [prefix, endOfPrefix(prefix)]

const [lowest, highest] = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']
/** Eight digits of a UUID at least, with its dashes where they belong. */
const isBeginningOfId = (text: string): boolean =>
  text.length >= 8 &&
  text.length < lowest.length &&
  [...text].every((char, at) => (lowest[at] === '-' ? char === '-' : /[0-9a-f]/.test(char)))

/** UUIDs are all of one shape, so whatever the language of the database their order is that of their digits. */
const idsOf = (text: string): Range =>
  isBeginningOfId(text) ? [text + lowest.slice(text.length), text + highest.slice(text.length)] : [text, text]

const oneName = (text: string): string => text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()

/** What somebody is called, from either end, in the spelling that is searched. */
export const namesOf = (firstName: string | null, lastName: string | null) => ({
  name: oneName(`${firstName ?? ''} ${lastName ?? ''}`),
  name_reversed: oneName(`${lastName ?? ''} ${firstName ?? ''}`),
})
