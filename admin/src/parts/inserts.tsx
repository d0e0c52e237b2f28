import { Button, Group, Text, Tooltip } from '@mantine/core'

export interface Insertable {
  readonly name: string
  /** What it stands for, where more can be said than its name. */
  readonly hint?: string | undefined
}

export interface InsertsProps {
  readonly label: string
  /** The label is for screen readers alone. */
  readonly isQuiet?: boolean
  readonly values: readonly Insertable[]
  /** The field they go into, at its caret. */
  readonly field: () => HTMLTextAreaElement | HTMLInputElement | null
  /** The text of the field with the name put in. */
  readonly onInsert: (text: string) => void
}

/** The values a text may name: each a button that puts `{name}` where the caret stands. */
export function Inserts({ label, isQuiet = false, values, field, onInsert }: InsertsProps) {
  if (values.length === 0) return null
  const insert = (name: string) => {
    const into = field()
    if (!into) return
    const { value, selectionStart, selectionEnd } = into
    const start = selectionStart ?? value.length
    const word = `{${name}}`
    onInsert(value.slice(0, start) + word + value.slice(selectionEnd ?? start))
    requestAnimationFrame(() => {
      into.focus()
      into.setSelectionRange(start + word.length, start + word.length)
    })
  }
  return (
    <Group gap={4} role="group" aria-label={label}>
      {!isQuiet && (
        <Text size="xs" c="dimmed" aria-hidden>
          {label}
        </Text>
      )}
      {values.map(({ name, hint }) => {
        const chip = (
          <Button key={name} variant="default" size="compact-xs" ff="monospace" onClick={() => insert(name)}>
            {`{${name}}`}
          </Button>
        )
        return hint ? (
          <Tooltip key={name} label={hint} multiline maw={320}>
            {chip}
          </Tooltip>
        ) : (
          chip
        )
      })}
    </Group>
  )
}
