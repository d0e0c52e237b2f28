import { Select, type SelectProps } from '@mantine/core'
import { languages } from '../../messages/language.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { usersTexts } from './texts.ts'

/** The language somebody is written to in, or none. One that an application gave them, such as `it-CH`, stays among the choices. */
export function LanguageSelect({ had = null, ...props }: { had?: string | null } & Omit<SelectProps, 'data'>) {
  const t = useTexts(usersTexts)
  const others = had === null || had in languages ? [] : [had]
  return (
    <Select
      label={t.language}
      description={t.languageHelp}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      data={[
        { value: '', label: t.noLanguage },
        ...Object.entries(languages).map(([value, label]) => ({ value, label })),
        ...others,
      ]}
      {...props}
    />
  )
}
