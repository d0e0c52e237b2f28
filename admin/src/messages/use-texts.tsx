import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { keep, kept } from '../data/kept.ts'
import type { FrameTexts } from './en.ts'
import { firstLanguage, type Language, type Texts } from './language.ts'

interface Chosen {
  readonly language: Language
  choose(language: Language): void
}

const words: Readonly<Record<Language, () => Promise<FrameTexts>>> = {
  en: async () => (await import('./en.ts')).en,
  it: async () => (await import('./it.ts')).it,
}
/** What the frame says, in the languages that were spoken so far: nobody loads the one they do not read. */
const known = new Map<Language, FrameTexts>()

async function learn(language: Language): Promise<void> {
  if (!known.has(language)) known.set(language, await words[language]())
}

const wished = (): Language => firstLanguage(kept('language'), navigator.languages)

/** Has to have ended before anything is drawn. */
export const learnFirst = (): Promise<void> => learn(wished())

const Choice = createContext<Chosen>({ language: 'en', choose: () => {} })

/** Knows the language of the operator, and tells the document. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(wished)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const chosen = useMemo(
    () => ({
      language,
      choose(next: Language) {
        keep('language', next)
        // Whoever cannot reach the server reads on as before.
        void learn(next).then(
          () => setLanguage(next),
          () => {},
        )
      },
    }),
    [language],
  )
  return <Choice.Provider value={chosen}>{children}</Choice.Provider>
}

/** The language in use, and how to change it. */
export const useLanguage = (): Chosen => useContext(Choice)

/** The texts of a screen in the language in use. */
export const useTexts = <T,>(texts: Texts<T>): T => texts[useLanguage().language]

/** The texts of the frame and of its parts. */
export function useFrameTexts(): FrameTexts {
  const texts = known.get(useLanguage().language)
  if (!texts) throw new Error('a language is spoken that was not learnt')
  return texts
}
