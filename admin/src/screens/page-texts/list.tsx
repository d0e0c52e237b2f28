import { Anchor, Badge } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useList } from '../../data/use-list.ts'
import { useLanguage, useTexts } from '../../messages/use-texts.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { ListBar, SearchBox } from '../../parts/list-bar.tsx'
import { Page } from '../../parts/page.tsx'
import { called, changedIn, type PageTexts, pageLanguages, standing } from './page-query.ts'
import { pageTextsTexts } from './texts.ts'

function hasWord(page: PageTexts, word: string, name: string): boolean {
  const words = pageLanguages.flatMap((language) => {
    const { texts, override } = page.translations[language]
    return [...Object.keys(texts), ...Object.values({ ...texts, ...override })]
  })
  return [page.page, name, ...words].some((text) => text.toLowerCase().includes(word.toLowerCase()))
}

export default function PageTextsScreen() {
  const t = useTexts(pageTextsTexts)
  const { language } = useLanguage()
  const list = useList({
    key: 'templates',
    asks: ['q'],
    fixed: { of: 'pages' },
    fetch: async ({ q }: { q?: string }) => {
      const { pages } = await api.texts.list()
      return { pages: pages.filter((one) => !q || hasWord(one, q, called(one, t.names))), nextCursor: null }
    },
    rows: (answer) => answer.pages,
  })
  const to = ({ page }: PageTexts) => `/templates/ui/${encodeURIComponent(page)}`
  return (
    <Page title={t.title} lead={t.lead}>
      <ListBar list={list}>
        <SearchBox list={list} ask="q" label={t.search} main />
      </ListBar>
      <DataTable<PageTexts>
        label={t.title}
        list={list}
        id={({ page }) => page}
        name={(page) => called(page, t.names)}
        to={to}
        empty={{ title: t.empty }}
        columns={[
          {
            key: 'page',
            title: t.page,
            cell: (page) => (
              <Anchor inherit renderRoot={(props) => <Link to={to(page)} {...props} />}>
                {called(page, t.names)}
              </Anchor>
            ),
          },
          {
            key: 'first',
            title: t.first,
            cell: (page) => standing(page, {}, language, Object.keys(page.translations[language].texts)[0] ?? ''),
          },
          {
            key: 'state',
            title: t.state,
            cell: (page) => {
              const count = changedIn(page)
              return <Badge color={count > 0 ? 'orange' : 'gray'}>{count > 0 ? t.changed(count) : t.ours}</Badge>
            },
          },
        ]}
      />
    </Page>
  )
}
