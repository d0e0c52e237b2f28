import { Autocomplete, Combobox } from '@mantine/core'
import type { List } from '../data/use-list.ts'
import { useTyped } from '../data/use-typed.ts'
import classes from './list-bar.module.css'

interface FilterWordProps<R> {
  readonly list: List<R>
  /** The search parameter it sets. */
  readonly ask: string
  readonly label: string
  readonly any: string
  /** Words that have a name of ours. */
  readonly values: Readonly<Record<string, string>>
  /** Other words there are, as far as is known. */
  readonly seen: readonly string[]
}

/** One of a few values, any other word, or all. */
export function FilterWord<R>({ list, ask, label, any, values, seen }: FilterWordProps<R>) {
  const nameOf = (word: string): string => values[word] ?? word
  const wordOf = (text: string): string => Object.keys(values).find((word) => values[word] === text) ?? text
  const { text, type, send } = useTyped(nameOf(list.asked[ask] ?? ''), (typed) =>
    list.ask({ [ask]: wordOf(typed) }, { replace: true }),
  )
  const offered = [...new Set([...Object.keys(values), ...seen])].map(nameOf)
  return (
    <Autocomplete
      aria-label={label}
      className={`${classes.select} ${classes.word}`}
      placeholder={any}
      maxLength={64}
      data={offered}
      // All of them, whatever stands in the field: people come here to see what there is.
      filter={({ options }) => options}
      rightSection={<Combobox.Chevron />}
      rightSectionPointerEvents={text === '' ? 'none' : 'all'}
      clearable
      clearSectionMode={text === '' ? 'rightSection' : 'clear'}
      clearButtonProps={{ 'aria-label': any }}
      value={text}
      onChange={(value) => (value === '' || offered.includes(value) ? send : type)(value)}
    />
  )
}
