/**
 * Every setting the house has, with the field its type asks for: a feature that declares one needs nothing here.
 *
 * @module
 */
import { Alert, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useOperator } from '../../data/operator.tsx'
import { useTexts } from '../../messages/use-texts.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Page, PageLoading, Section } from '../../parts/page.tsx'
import { Quiet, Refused } from '../../parts/states.tsx'
import { SettingRow } from './row.tsx'
import { type Setting, said, settingsQuery } from './setting.ts'
import { settingsTexts } from './texts.ts'

export default function SettingsScreen() {
  const t = useTexts(settingsTexts)
  const { may } = useOperator()
  const { q = '' } = useSearch({ strict: false }) as { q?: string }
  const navigate = useNavigate()
  const { data, error, refetch } = useQuery(settingsQuery)
  if (error && !data) return <Refused page error={error} retry={() => void refetch()} />
  if (!data) return <PageLoading />
  const shown = data.settings.filter((one) => {
    const { label, summary } = said(one, t)
    return hasWord([one.name, label, summary], q)
  })
  const groups = [...new Set(shown.map(groupOf))]
  return (
    <Page title={t.title} lead={t.lead}>
      {!may('manage') && <Alert color="gray">{t.readOnly}</Alert>}
      <TextInput
        type="search"
        aria-label={t.search}
        placeholder={t.search}
        maw={420}
        data-list-search
        leftSection={<Icon name="search" size={16} />}
        value={q}
        onChange={({ currentTarget: { value } }) =>
          void navigate({ to: '.', search: { q: value } as never, replace: true, resetScroll: false })
        }
      />
      {groups.length === 0 && <Quiet icon="search" title={data.settings.length === 0 ? t.empty : t.none} />}
      <Stack gap="md">
        {groups.map((group) => (
          <Section key={group} title={t.groups[group] ?? group.charAt(0).toUpperCase() + group.slice(1)} flush>
            {shown
              .filter((one) => groupOf(one) === group)
              .map((one) => (
                <SettingRow key={one.name} setting={one} />
              ))}
          </Section>
        ))}
      </Stack>
    </Page>
  )
}

const groupOf = ({ name }: Setting): string => name.slice(0, name.indexOf('.'))

const hasWord = (texts: readonly string[], word: string): boolean =>
  texts.some((text) => text.toLowerCase().includes(word.trim().toLowerCase()))
