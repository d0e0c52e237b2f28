/**
 * Advice on a password somebody is about to choose (zxcvbn-ts): how easily it would be guessed, and what would make it better.
 *
 * Invariant: it is no rule. What may be set is decided by length and lists (policy.ts); nothing that is asked here is kept or logged.
 * Cost: the estimate keeps the process busy, and the longer and odder its input the more, so it sees the beginning alone: some 20 ms at worst.
 * The dictionaries, some 60 MB in memory, are loaded when somebody first asks.
 *
 * @module
 */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core'
import type { Ctx } from '../../kernel/ctx.ts'
import { catalogues, type Language, languageOf } from '../../messages/languages.ts'

/** Whoever needs more to be guessed has chosen well: more of it could make the estimate better, not worse. */
const readCharacters = 40
/** How many spellings of `p4ssw0rd` are tried; their number is what odd input multiplies. */
const l33tMaxSubstitutions = 4

/** A text of ours, by its code and in the reader's words. */
interface Remark {
  readonly code: string
  readonly text: string
}

/** How easily a password would be guessed: 0, at once, to 4, not at all. */
export interface Advice {
  readonly score: number
  readonly warning?: Remark
  readonly suggestions: Remark[]
}

/** Builds the adviser. @param names what is ours and guessed first @param otherwise the language of readers whose browser asks for none of ours */
export function createAdvice(names: readonly string[], otherwise: (ctx: Ctx) => Promise<Language>) {
  let loading: Promise<ZxcvbnFactory> | undefined

  return async (ctx: Ctx, password: string, identifier: string | undefined): Promise<Advice> => {
    loading ??= load()
    const estimator = await loading
    const about = [...names, ...(identifier === undefined ? [] : [identifier, ...identifier.split('@', 1)])]
    const { score, feedback } = estimator.check(beginningOf(password), about)
    const texts = catalogues[languageOf(ctx.from?.languages ?? [], await otherwise(ctx))].advice
    const [warning] = remarks([feedback.warning], texts.warnings)
    return { score, ...(warning && { warning }), suggestions: remarks(feedback.suggestions, texts.suggestions) }
  }
}

async function load(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, common, en] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ])
  const dictionary = { ...common.dictionary, ...en.dictionary }
  return new ZxcvbnFactory({ dictionary, graphs: common.adjacencyGraphs, l33tMaxSubstitutions })
}

const beginningOf = (password: string): string => [...password.slice(0, 2 * readCharacters)].slice(0, readCharacters).join('')

/** What we have words for; the estimator names its remarks in camel case. */
function remarks(names: readonly (string | null)[], texts: Readonly<Record<string, string>>): Remark[] {
  const codes = names.map((name) => (name ?? '').replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`))
  return codes.flatMap((code) => (Object.hasOwn(texts, code) ? [{ code, text: texts[code] ?? '' }] : []))
}
