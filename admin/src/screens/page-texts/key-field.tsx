import { Button, Stack, Text, Textarea } from '@mantine/core'
import { useRef } from 'react'
import type { Language } from '../../messages/language.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Inserts } from '../../parts/inserts.tsx'
import { inWords, type PageTexts, standing, type Typed } from './page-query.ts'
import { pageTextsTexts } from './texts.ts'

export interface KeyFieldProps {
  readonly page: PageTexts
  /** The key of the text. */
  readonly name: string
  readonly language: Language
  readonly typed: Typed
  readonly onType: (text: string) => void
  readonly readOnly: boolean
  readonly error: string | undefined
}

/** One text in one language. */
export function KeyField({ page, name, language, typed, onType, readOnly, error }: KeyFieldProps) {
  const t = useTexts(pageTextsTexts)
  const field = useRef<HTMLTextAreaElement>(null)
  const ours = page.translations[language].texts[name] ?? ''
  const text = standing(page, typed, language, name)
  const isOurs = text.trim() === '' || text.trim() === ours
  const called = t.field(inWords(name), t.inLanguage[language])
  return (
    <Stack gap={4}>
      <Textarea
        ref={field}
        label={t.inLanguage[language]}
        aria-label={called}
        lang={language}
        autosize
        minRows={1}
        maxLength={2_000}
        placeholder={ours}
        readOnly={readOnly}
        value={text}
        onChange={({ currentTarget: { value } }) => onType(value)}
        error={error}
      />
      {!readOnly && (
        <Inserts
          label={t.insertInto(inWords(name), t.inLanguage[language])}
          isQuiet
          values={(page.variables[name] ?? []).map((one) => ({ name: one }))}
          field={() => field.current}
          onInsert={onType}
        />
      )}
      {!isOurs && (
        <Text size="xs" c="dimmed" component="div">
          {t.defaultIs} <span lang={language}>{ours}</span>{' '}
          {!readOnly && (
            <Button variant="subtle" size="compact-xs" aria-label={t.takeDefaultOf(called)} onClick={() => onType(ours)}>
              {t.takeDefault}
            </Button>
          )}
        </Text>
      )}
    </Stack>
  )
}
