import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { type IssueReason, kernelIssues } from '../../kernel/contract/issues.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { assertMessage, namedIn, reasonAgainst } from '../../messages/checking.ts'
import type { Messages } from '../../messages/en.ts'
import { catalogues, type Language, languages } from '../../messages/languages.ts'
import type { Memory } from '../settings/index.ts'
import { E } from './contract.ts'
import type { StoredTexts, TextStore } from './store.sql.ts'

interface TextsDeps {
  readonly store: TextStore
  readonly memory: Memory<StoredTexts>
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  invalidate(tx: Tx, subjects: readonly { kind: 'text'; id: string }[]): Promise<void>
}

type Page = Readonly<Record<string, string>>
type Translations = { readonly [L in Language]?: Readonly<Record<string, string | null>> | undefined }

/** The parts of a catalogue that every page shares stand beside the pages. */
const sharedPages = ['refusals', 'issues'] as const

/** Texts by page, as operators know them. The door of the panel keeps ours: whoever undoes a mistake comes in by it. */
const pagesOf = ({ pages: { panel: _, ...pages }, ...others }: Messages): Readonly<Record<string, Page>> => ({
  ...pages,
  ...Object.fromEntries(sharedPages.map((name) => [name, others[name]])),
})

const pageNames = Object.keys(pagesOf(catalogues.en))

/** Words of pages that operators change while the house runs. */
export function createTexts({ store, memory, transaction, invalidate }: TextsDeps) {
  const laid = new WeakMap<StoredTexts, Map<Language, Messages>>()

  /**
   * The texts pages are written with now, without a query where nothing has changed.
   *
   * @throws unavailable when nobody can tell
   */
  async function textsIn(ctx: Ctx, language: Language): Promise<Messages> {
    const stored = await memory.read(ctx)
    if (stored.texts.length === 0) return catalogues[language]
    const byLanguage = laid.get(stored) ?? new Map<Language, Messages>()
    laid.set(stored, byLanguage)
    const known = byLanguage.get(language) ?? laidOver(catalogues[language], language, stored)
    byLanguage.set(language, known)
    return known
  }

  /** From the database: an operator sees what stands there now. */
  async function list(ctx: Ctx) {
    const stored = await store(ctx).read()
    return { pages: pageNames.map((page) => shown(page, stored)) }
  }

  /** @throws not_found for a page there is not; page_text_rejected for a text that cannot be read, names what ours does not, or is none of it */
  async function set(ctx: Ctx, { page, translations }: { page: string; translations: Translations }) {
    if (!pageNames.includes(page)) throw new AuthError(kernelErrors.not_found)
    for (const language of languages) assertTexts(page, language, translations[language] ?? {})
    await transaction(ctx, async (tx) => {
      // First, so that operators wait for each other here: each says what was there before.
      await invalidate(tx, [{ kind: 'text', id: tx.poolId }])
      const before = await store(tx).read()
      for (const language of languages) await change(tx, { page, language, before }, translations[language] ?? {})
    })
    return shown(page, await store(ctx).read())
  }

  async function change(
    tx: Tx,
    { page, language, before }: { page: string; language: Language; before: StoredTexts },
    wishes: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    const stood = overrideOf(before, page, language)
    const changed = Object.entries(wishes).filter(([name, message]) => (stood[name] ?? null) !== message)
    if (changed.length === 0) return
    for (const [name, message] of changed) {
      if (message === null) await store(tx).remove({ page, language, name })
      else await store(tx).put({ page, language, name, message })
    }
    const was = Object.fromEntries(changed.map(([name]) => [name, stood[name] ?? null]))
    const audit = { target: page, before: was, after: Object.fromEntries(changed) }
    tx.emit('identity.page-text.changed', { data: { page, language }, audit })
  }

  return { textsIn, list, set }
}

function assertTexts(page: string, language: Language, wishes: Readonly<Record<string, string | null>>): void {
  const known = pagesOf(catalogues[language])[page] ?? {}
  for (const [name, message] of Object.entries(wishes)) {
    const refusal = (reason: IssueReason, cause?: unknown) => {
      const issues = [{ pointer: `/translations/${language}/${name}`, ...reason }]
      return new AuthError(E.page_text_rejected, { cause, detail: `${name} in ${language}: ${reason.message}`, issues })
    }
    const ours = Object.hasOwn(known, name) ? known[name] : undefined
    if (ours === undefined) throw refusal({ ...kernelIssues.unknown_field, message: `this page has no ${name}` })
    if (message === null) continue
    try {
      assertMessage(message, language, { kinds: namedIn(ours, language), where: 'this text' })
    } catch (error) {
      throw refusal(reasonAgainst(error), error)
    }
  }
}

function shown(page: string, stored: StoredTexts) {
  const named = Object.entries(pagesOf(catalogues.en)[page] ?? {}).map(([name, ours]): [string, string[]] => [
    name,
    [...namedIn(ours, 'en').keys()],
  ])
  const translation = (language: Language) => ({
    texts: { ...pagesOf(catalogues[language])[page] },
    override: overrideOf(stored, page, language),
  })
  return {
    page,
    variables: Object.fromEntries(named.filter(([, names]) => names.length > 0)),
    translations: Object.fromEntries(languages.map((language) => [language, translation(language)])) as {
      [L in Language]: ReturnType<typeof translation>
    },
  }
}

const overrideOf = ({ texts }: StoredTexts, page: string, language: Language): Readonly<Record<string, string>> =>
  Object.fromEntries(
    texts.filter((one) => one.page === page && one.language === language).map(({ name, message }) => [name, message]),
  )

/** A catalogue with what is set over it; a text of a page this release does not have is nobody's. */
function laidOver(ours: Messages, language: Language, stored: StoredTexts): Messages {
  const over = Object.entries(pagesOf(ours)).map(([page, texts]) => {
    const set = Object.entries(overrideOf(stored, page, language)).filter(([name]) => Object.hasOwn(texts, name))
    return [page, { ...texts, ...Object.fromEntries(set) }] as const
  })
  const isShared = ([page]: readonly [string, Page]) => (sharedPages as readonly string[]).includes(page)
  const pages = { ...ours.pages, ...Object.fromEntries(over.filter((one) => !isShared(one))) }
  return { ...ours, ...Object.fromEntries(over.filter(isShared)), pages } as Messages
}
