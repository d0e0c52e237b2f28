import { Alert, Group, SegmentedControl, Skeleton, Text, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../data/api.ts'
import { refusalOf } from '../../data/refusal.ts'
import type { Language } from '../../messages/language.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import pageClasses from '../../parts/page.module.css'
import classes from './mail-frame.module.css'
import { MailFrame } from './mail-frame.tsx'
import { mailTemplatesTexts } from './texts.ts'

export interface PreviewProps {
  readonly id: string
  readonly language: Language
  readonly texts: Readonly<Record<string, string>>
}

/** The mail as it would be sent with what is typed: the server lays it out, as it does when it sends. */
export function Preview({ id, language, texts }: PreviewProps) {
  const t = useTexts(mailTemplatesTexts)
  const frame = useFrameTexts()
  const [how, setHow] = useState('mail')
  const [asked] = useDebouncedValue({ id, language, texts: JSON.stringify(texts) }, 300)
  const { data, error } = useQuery({
    queryKey: ['templates', 'preview', asked],
    queryFn: () => api.mail.preview({ ...asked, texts: JSON.parse(asked.texts) as Record<string, string> }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
  const [last, setLast] = useState(data)
  if (data && data !== last) setLast(data)
  const shown = data ?? last
  return (
    <section className={`${pageClasses.section} ${classes.aside}`} aria-label={t.preview}>
      <header className={pageClasses.head}>
        <Title order={2}>{t.preview}</Title>
        <SegmentedControl
          size="xs"
          aria-label={t.howShown}
          value={how}
          onChange={setHow}
          data={[
            { value: 'mail', label: t.asMail },
            { value: 'text', label: t.asText },
          ]}
        />
      </header>
      {error && (
        <Alert color="orange" radius={0} role="status">
          {refusalOf(error, frame).text} {shown && t.previewStale}
        </Alert>
      )}
      {shown ? (
        <>
          <Group className={classes.subject} gap={8} wrap="nowrap" align="baseline">
            <Text size="xs" c="dimmed">
              {t.subject}
            </Text>
            <Text size="sm" fw={600}>
              {shown.subject}
            </Text>
          </Group>
          {how === 'mail' ? (
            <MailFrame title={t.previewOf(shown.subject)} html={shown.html} />
          ) : (
            <pre className={classes.text}>{shown.text}</pre>
          )}
        </>
      ) : (
        !error && <Skeleton h={460} radius={0} />
      )}
    </section>
  )
}
