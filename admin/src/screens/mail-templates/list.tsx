import { Anchor, Badge, Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useList } from '../../data/use-list.ts'
import { useLanguage, useTexts } from '../../messages/use-texts.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { ListBar, SearchBox } from '../../parts/list-bar.tsx'
import { Page } from '../../parts/page.tsx'
import { isChanged, type MailTemplate, mailLanguages, standing } from './templates-query.ts'
import { mailTemplatesTexts } from './texts.ts'

export default function MailTemplatesScreen() {
  const t = useTexts(mailTemplatesTexts)
  const { language } = useLanguage()
  const nameOf = ({ id }: MailTemplate) => t.names[id] ?? id
  const hasWord = (template: MailTemplate, word: string) => {
    const words = mailLanguages.flatMap((one) => {
      const { texts, override } = template.translations[one]
      return Object.values({ ...texts, ...override })
    })
    return [template.id, nameOf(template), ...words].some((text) => text.toLowerCase().includes(word.toLowerCase()))
  }
  const list = useList({
    key: 'templates',
    asks: ['q'],
    fixed: { of: `mail in ${language}` },
    fetch: async ({ q }: { q?: string }) => {
      const { templates } = await api.mail.listTexts()
      return { templates: templates.filter((one) => !q || hasWord(one, q)), nextCursor: null }
    },
    rows: (page) => page.templates,
  })
  const to = ({ id }: MailTemplate) => `/templates/mail/${encodeURIComponent(id)}`
  return (
    <Page title={t.title} lead={t.lead}>
      <ListBar list={list}>
        <SearchBox list={list} ask="q" label={t.search} main />
      </ListBar>
      <DataTable<MailTemplate>
        label={t.title}
        list={list}
        id={({ id }) => id}
        name={nameOf}
        to={to}
        empty={{ title: t.empty }}
        columns={[
          {
            key: 'mail',
            title: t.mail,
            cell: (template) => (
              <Anchor inherit renderRoot={(props) => <Link to={to(template)} {...props} />}>
                {nameOf(template)}
              </Anchor>
            ),
          },
          { key: 'subject', title: t.subject, cell: (template) => standing(template, {}, language, 'subject') },
          {
            key: 'state',
            title: t.state,
            cell: (template) => (
              <Group gap={4}>
                <Badge color={isChanged(template) ? 'orange' : 'gray'}>{isChanged(template) ? t.changed : t.ours}</Badge>
                {template.isSentElsewhere && <Badge color="gray">{t.elsewhere}</Badge>}
              </Group>
            ),
          },
        ]}
      />
    </Page>
  )
}
