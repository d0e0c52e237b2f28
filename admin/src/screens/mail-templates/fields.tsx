import { Button, Stack, Text, Textarea } from '@mantine/core'
import { useRef, useState } from 'react'
import type { Language } from '../../messages/language.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Inserts } from '../../parts/inserts.tsx'
import { type MailTemplate, standing, type Typed } from './templates-query.ts'
import { mailTemplatesTexts } from './texts.ts'

export interface FieldsProps {
  readonly template: MailTemplate
  readonly language: Language
  readonly typed: Typed
  readonly type: (part: string, text: string) => void
  readonly readOnly: boolean
  /** Why the server did not take a part. */
  readonly refused: (part: string) => string | undefined
}

/** The parts of a mail in one language, and the values they may name. */
export function Fields({ template, language, typed, type, readOnly, refused }: FieldsProps) {
  const t = useTexts(mailTemplatesTexts)
  const fields = useRef(new Map<string, HTMLTextAreaElement>())
  const { texts } = template.translations[language]
  const parts = Object.keys(texts)
  const [into, setInto] = useState('body')
  return (
    <Stack gap="md">
      {!readOnly && (
        <Inserts
          label={t.insert(t.parts[into] ?? into)}
          values={template.variables.map(({ name, meaning, sample }) => ({ name, hint: t.hint(meaning, sample) }))}
          field={() => fields.current.get(into) ?? null}
          onInsert={(text) => type(into, text)}
        />
      )}
      {parts.map((part) => {
        const name = t.parts[part] ?? part
        const text = standing(template, typed, language, part)
        const isOurs = text.trim() === '' || text.trim() === texts[part]
        return (
          <div key={part}>
            <Textarea
              ref={(field) => void (field ? fields.current.set(part, field) : fields.current.delete(part))}
              label={name}
              lang={language}
              autosize
              minRows={part === 'body' ? 3 : 1}
              maxLength={2_000}
              placeholder={texts[part]}
              readOnly={readOnly}
              value={text}
              onFocus={() => setInto(part)}
              onChange={({ currentTarget: { value } }) => type(part, part === 'body' ? value : value.replaceAll(/[\r\n]+/g, ' '))}
              error={refused(part)}
            />
            {!isOurs && (
              <Text size="xs" c="dimmed" mt={4} component="div">
                {t.defaultIs} <span lang={language}>{texts[part]}</span>{' '}
                {!readOnly && (
                  <Button
                    variant="subtle"
                    size="compact-xs"
                    aria-label={t.takeDefaultOf(name)}
                    onClick={() => type(part, texts[part] ?? '')}
                  >
                    {t.takeDefault}
                  </Button>
                )}
              </Text>
            )}
          </div>
        )
      })}
      {!readOnly && (
        <Text size="xs" c="dimmed">
          {t.fieldHelp}
        </Text>
      )}
    </Stack>
  )
}
