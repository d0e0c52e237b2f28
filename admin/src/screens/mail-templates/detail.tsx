/**
 * One mail: its texts in every language, beside what becomes of them.
 *
 * @module
 */
import { Alert, Badge, Button, Group, Tabs, Text, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { refusalOf } from '../../data/refusal.ts'
import { useAct } from '../../data/use-act.ts'
import type { Language } from '../../messages/language.ts'
import { useFrameTexts, useLanguage, useTexts } from '../../messages/use-texts.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { Page, PageLoading, Section } from '../../parts/page.tsx'
import { Missing, Refused } from '../../parts/states.tsx'
import { useUnsaved } from '../../parts/unsaved.ts'
import { Fields } from './fields.tsx'
import classes from './mail-frame.module.css'
import { Preview } from './preview.tsx'
import { SendTest } from './send-test.tsx'
import {
  isChanged,
  type MailTemplate,
  mailLanguages,
  overrideOf,
  type Typed,
  templatesQuery,
  unsavedIn,
} from './templates-query.ts'
import { mailTemplatesTexts } from './texts.ts'

export default function MailTemplateScreen() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const { data, error, refetch } = useQuery(templatesQuery)
  if (error) return <Refused page error={error} retry={() => void refetch()} />
  if (!data) return <PageLoading />
  const template = data.templates.find((one) => one.id === id)
  return template ? <Editor key={id} template={template} /> : <Missing />
}

/** What the editor works on: what is typed, and the language that is open. */
function useEditing(template: MailTemplate) {
  const { language: mine } = useLanguage()
  const navigate = useNavigate()
  const [typed, setTyped] = useState<Typed>({})
  const { language: asked } = useSearch({ strict: false }) as { language?: string }
  const language = mailLanguages.find((one) => one === asked) ?? mine
  const unsaved = mailLanguages.flatMap((one) => unsavedIn(template, typed, one))
  useUnsaved(unsaved.length > 0)
  return {
    typed,
    language,
    unsaved,
    type: (part: string, text: string) => setTyped((was) => ({ ...was, [language]: { ...was[language], [part]: text } })),
    forget: (one: Language) => setTyped(({ [one]: _, ...others }) => others),
    forgetAll: () => setTyped({}),
    open: (one: string) => void navigate({ to: '.', search: { language: one } as never, replace: true, resetScroll: false }),
  }
}

function Editor({ template }: { template: MailTemplate }) {
  const t = useTexts(mailTemplatesTexts)
  const frame = useFrameTexts()
  const { may } = useOperator()
  const { typed, language, unsaved, type, forget, forgetAll, open } = useEditing(template)
  const [isTesting, testing] = useDisclosure(false)
  const { id } = template
  const save = useAct({
    run: () => {
      const wishes = mailLanguages.filter((one) => unsavedIn(template, typed, one).length > 0)
      return api.mail.setTexts({
        id,
        translations: Object.fromEntries(wishes.map((one) => [one, overrideOf(template, typed, one)])),
      })
    },
    done: t.saved,
    touches: ['templates'],
  })
  const reset = useAct({ run: () => api.mail.resetTexts({ id, language }), done: t.resetDone, touches: ['templates'] })
  const refused = save.error ? refusalOf(save.error, frame).fields : {}
  const submit = () =>
    save.mutate(undefined, {
      onSuccess: forgetAll,
      onError: (error) => {
        const [pointer] = Object.keys(refusalOf(error, frame).fields)
        const where = pointer?.split('/')[1]
        if (where) open(where)
      },
    })
  const askReset = async () => {
    const title = t.resetTitle(t.inLanguage[language])
    if ((await confirm({ title, body: t.resetBody, act: t.reset })) === undefined) return
    reset.mutate(undefined, { onSuccess: () => forget(language) })
  }
  const isDirty = unsaved.length > 0
  return (
    <Page
      title={t.names[id] ?? id}
      crumbs={[{ label: t.title, to: '/templates/mail' }]}
      beside={<Badge color={isChanged(template) ? 'orange' : 'gray'}>{isChanged(template) ? t.changed : t.ours}</Badge>}
      actions={
        may('manage') && (
          <Tooltip label={t.saveFirst} disabled={!isDirty}>
            <Button
              variant="default"
              aria-disabled={isDirty}
              data-disabled={isDirty}
              onClick={isDirty ? undefined : testing.open}
            >
              {t.test}
            </Button>
          </Tooltip>
        )
      }
    >
      {template.isSentElsewhere && <Alert color="orange">{t.elsewhereHelp}</Alert>}
      <div className={classes.columns}>
        <Section>
          <Tabs value={language} onChange={(one) => one && open(one)}>
            <Tabs.List aria-label={t.languages} mb="md">
              {mailLanguages.map((one) => (
                <Tabs.Tab key={one} value={one}>
                  {t.inLanguage[one]}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {mailLanguages.map((one) => (
              <Tabs.Panel key={one} value={one}>
                <Fields
                  template={template}
                  language={one}
                  typed={typed}
                  type={type}
                  readOnly={!may('manage')}
                  refused={(part) => (typed[one]?.[part] === undefined ? undefined : refused[`translations/${one}/${part}`])}
                />
              </Tabs.Panel>
            ))}
          </Tabs>
          {may('manage') && (
            <Group mt="md" gap="sm">
              <Button loading={save.isPending} disabled={!isDirty} onClick={submit}>
                {t.save}
              </Button>
              {Object.keys(template.translations[language].override).length > 0 && (
                <Button variant="subtle" color="red" loading={reset.isPending} onClick={() => void askReset()}>
                  {t.reset}
                </Button>
              )}
              <Text size="sm" c="dimmed" role="status">
                {isDirty ? t.unsaved(unsaved.length) : ''}
              </Text>
            </Group>
          )}
        </Section>
        <Preview id={id} language={language} texts={overrideOf(template, typed, language)} />
      </div>
      <SendTest id={id} language={language} isOpen={isTesting} close={testing.close} />
    </Page>
  )
}
