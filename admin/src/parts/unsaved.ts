import { useBlocker } from '@tanstack/react-router'
import { texts } from '../messages/language.ts'
import { useTexts } from '../messages/use-texts.tsx'
import { confirm } from './confirm.tsx'

const unsavedTexts = texts({
  en: {
    title: 'Leave without saving?',
    body: 'What you typed on this page is not saved yet.',
    leave: 'Leave',
  },
  it: {
    title: 'Uscire senza salvare?',
    body: 'Ciò che hai scritto in questa pagina non è ancora salvato.',
    leave: 'Esci',
  },
})

/** Asks before people go to another page, or close this one, with something typed and not saved. Tabs of the same page go on freely. */
export function useUnsaved(isDirty: boolean): void {
  const t = useTexts(unsavedTexts)
  useBlocker({
    disabled: !isDirty,
    enableBeforeUnload: isDirty,
    shouldBlockFn: async ({ current, next }) =>
      current.pathname !== next.pathname && (await confirm({ title: t.title, body: t.body, act: t.leave })) === undefined,
  })
}
