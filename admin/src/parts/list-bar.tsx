import { Button, CloseButton, Group, Select, TextInput } from '@mantine/core'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { List } from '../data/use-list.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'
import { Icon } from './icon.tsx'
import classes from './list-bar.module.css'

/** Above a list: its search, its filters, and a way to have none. */
export function ListBar<R>({ list, children }: { list: List<R>; children: ReactNode }) {
  const t = useFrameTexts()
  return (
    <Group gap="xs" role="search" aria-label={t.list.filters} className={classes.bar}>
      {children}
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

/** The text a list is searched by; `/` leads here when it is the first of its list. Asks while people type. */
export function SearchBox<R>({ list, ask, label, main = false }: WordProps<R> & { main?: boolean }) {
  const t = useFrameTexts()
  const asked = list.asked[ask] ?? ''
  const [text, setText] = useState(asked)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const sent = useRef(asked)
  useEffect(() => {
    // The address changed by other means than typing here: a link, the way back, "clear".
    if (asked !== sent.current) {
      sent.current = asked
      setText(asked)
    }
  }, [asked])
  useEffect(() => () => clearTimeout(timer.current), [])
  const send = (value: string) => {
    clearTimeout(timer.current)
    sent.current = value.trim()
    if (value === '') setText('')
    list.ask({ [ask]: value.trim() }, { replace: true })
  }
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
      onChange={({ currentTarget: { value } }) => {
        setText(value)
        clearTimeout(timer.current)
        timer.current = setTimeout(() => send(value), 250)
      }}
      onKeyDown={({ key }) => key === 'Enter' && send(text)}
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
