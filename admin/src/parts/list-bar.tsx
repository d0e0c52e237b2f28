import { Button, CloseButton, Group, Select, TextInput } from '@mantine/core'
import { lazy, type ReactNode, Suspense } from 'react'
import type { List } from '../data/use-list.ts'
import { useTyped } from '../data/use-typed.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'
import { focusFirstRow } from './first-row.ts'
import { Icon } from './icon.tsx'
import classes from './list-bar.module.css'

const Views = lazy(() => import('./views.tsx'))

/** Above a list: its search, its filters, its views, and a way to have none. */
export function ListBar<R>({ list, children }: { list: List<R>; children: ReactNode }) {
  const t = useFrameTexts()
  return (
    <Group gap="xs" role="search" aria-label={t.list.filters} className={classes.bar}>
      {children}
      {list.viewsOf !== undefined && (
        <Suspense fallback={null}>
          <Views of={list.viewsOf} asked={list.asked} />
        </Suspense>
      )}
      {list.isAsking && (
        <Button variant="subtle" onClick={list.clear}>
          {t.list.clear}
        </Button>
      )}
    </Group>
  )
}

interface WordProps<R> {
  readonly list: List<R>
  /** The search parameter it sets. */
  readonly ask: string
  readonly label: string
}

/** The text a list is searched by; `/` leads here when it is the first of its list. Asks while people type; the arrow down leads into the list. */
export function SearchBox<R>({ list, ask, label, main = false }: WordProps<R> & { main?: boolean }) {
  const t = useFrameTexts()
  const { text, type, send } = useTyped(list.asked[ask] ?? '', (typed) => list.ask({ [ask]: typed }, { replace: true }))
  return (
    <TextInput
      type="search"
      className={classes.search}
      aria-label={label}
      placeholder={label}
      value={text}
      maxLength={320}
      data-list-search={main || undefined}
      leftSection={<Icon name="search" size={16} />}
      rightSection={text ? <CloseButton size="sm" aria-label={t.list.clearSearch} onClick={() => send('')} /> : null}
      onChange={({ currentTarget: { value } }) => type(value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') send(text)
        if (event.key !== 'ArrowDown') return
        event.preventDefault()
        focusFirstRow()
      }}
    />
  )
}

/** One of a few values, or any. */
export function FilterSelect<R>({
  list,
  ask,
  label,
  any,
  values,
}: WordProps<R> & { any: string; values: Readonly<Record<string, string>> }) {
  return (
    <Select
      aria-label={label}
      className={classes.select}
      value={list.asked[ask] ?? ''}
      onChange={(value) => list.ask({ [ask]: value ?? '' })}
      data={[{ value: '', label: any }, ...Object.entries(values).map(([value, text]) => ({ value, label: text }))]}
    />
  )
}
