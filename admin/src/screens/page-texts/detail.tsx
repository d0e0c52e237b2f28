/**
 * The texts of one page, every language beside the other.
 *
 * @module
 */
import { Badge, Button, Group, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { refusalOf } from '../../data/refusal.ts'
import { useAct } from '../../data/use-act.ts'
import type { Language } from '../../messages/language.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { Page, PageLoading, Section } from '../../parts/page.tsx'
import { Missing, Refused } from '../../parts/states.tsx'
import { useUnsaved } from '../../parts/unsaved.ts'
import { KeyField } from './key-field.tsx'
import { called, changedIn, inWords, type PageTexts, pageLanguages, pagesQuery, type Typed, wishesIn } from './page-query.ts'
import classes from './page-texts.module.css'
import { pageTextsTexts } from './texts.ts'

export default function PageTextsDetail() {
  const { page = '' } = useParams({ strict: false }) as { page?: string }
  const { data, error, refetch } = useQuery(pagesQuery)
  if (error) return <Refused page error={error} retry={() => void refetch()} />
  if (!data) return <PageLoading />
  const found = data.pages.find((one) => one.page === page)
  return found ? <Editor key={page} page={found} /> : <Missing />
}

function Editor({ page }: { page: PageTexts }) {
  const t = useTexts(pageTextsTexts)
  const frame = useFrameTexts()
  const { may } = useOperator()
  const [typed, setTyped] = useState<Typed>({})
  const wishes = pageLanguages.map((language) => [language, wishesIn(page, typed, language)] as const)
  const unsaved = wishes.reduce((sum, [, one]) => sum + Object.keys(one).length, 0)
  useUnsaved(unsaved > 0)
  const set = (translations: Record<string, Record<string, string | null>>) => api.texts.set({ page: page.page, translations })
  const save = useAct({
    run: () => set(Object.fromEntries(wishes.filter(([, one]) => Object.keys(one).length > 0))),
    done: t.saved,
    touches: ['templates'],
  })
  const reset = useAct({ run: () => set(oursAgain(page)), done: t.resetDone, touches: ['templates'] })
  const refused = save.error ? refusalOf(save.error, frame).fields : {}
  const askReset = async () => {
    if ((await confirm({ title: t.resetTitle, body: t.resetBody, act: t.reset })) === undefined) return
    reset.mutate(undefined, { onSuccess: () => setTyped({}) })
  }
  const type = (language: Language, key: string, text: string) =>
    setTyped((was) => ({ ...was, [language]: { ...was[language], [key]: text } }))
  const count = changedIn(page)
  return (
    <Page
      title={called(page, t.names)}
      crumbs={[{ label: t.title, to: '/templates/ui' }]}
      beside={<Badge color={count > 0 ? 'orange' : 'gray'}>{count > 0 ? t.changed(count) : t.ours}</Badge>}
      lead={may('manage') ? t.help : undefined}
      actions={
        may('manage') && count > 0 ? (
          <Button variant="default" loading={reset.isPending} onClick={() => void askReset()}>
            {t.reset}
          </Button>
        ) : undefined
      }
    >
      <Section flush>
        {Object.keys(page.translations.en.texts).map((key) => (
          <div key={key} className={classes.key}>
            <Title order={2} size="h3">
              {inWords(key)}
            </Title>
            <div className={classes.languages}>
              {pageLanguages.map((language) => (
                <KeyField
                  key={language}
                  page={page}
                  name={key}
                  language={language}
                  typed={typed}
                  onType={(text) => type(language, key, text)}
                  readOnly={!may('manage')}
                  error={typed[language]?.[key] === undefined ? undefined : refused[`translations/${language}/${key}`]}
                />
              ))}
            </div>
          </div>
        ))}
      </Section>
      {may('manage') && (
        <Group gap="sm" className={classes.save}>
          <Button
            loading={save.isPending}
            disabled={unsaved === 0}
            onClick={() => save.mutate(undefined, { onSuccess: () => setTyped({}) })}
          >
            {t.save}
          </Button>
          <Text size="sm" c="dimmed" role="status">
            {unsaved > 0 ? t.unsaved(unsaved) : ''}
          </Text>
        </Group>
      )}
    </Page>
  )
}

/** Every text that stands in the place of ours, taken away. */
const oursAgain = ({ translations }: PageTexts) =>
  Object.fromEntries(
    pageLanguages.map((language) => [
      language,
      Object.fromEntries(Object.keys(translations[language].override).map((key) => [key, null])),
    ]),
  )
