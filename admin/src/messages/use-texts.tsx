import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { keep, kept } from '../data/kept.ts'
import { en } from './en.ts'
import { it } from './it.ts'
import { firstLanguage, type Language, type Texts } from './language.ts'

interface Chosen {
  readonly language: Language
  choose(language: Language): void
}

const Choice = createContext<Chosen>({ language: 'en', choose: () => {} })

/** Knows the language of the operator, and tells the document. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(() => firstLanguage(kept('language')))
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const chosen = useMemo(
    () => ({
      language,
      choose(next: Language) {
        keep('language', next)
        setLanguage(next)
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

const frame = { en, it }

/** The texts of the frame and of its parts. */
export const useFrameTexts = () => useTexts(frame)
