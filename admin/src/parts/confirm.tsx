import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useFrameTexts } from '../messages/use-texts.tsx'

export interface ConfirmOptions {
  readonly title: string
  /** What will happen, and whether it can be undone. */
  readonly body: ReactNode
  /** What the button says: the act itself, never "OK". */
  readonly act: string
  /** Has to be typed before the button works: for what cannot be undone. */
  readonly word?: string
  /** Asks why; the answer goes to the audit log. */
  readonly reason?: 'asked' | 'owed'
  readonly danger?: boolean
}

/**
 * Asks before an act.
 *
 * @returns the reason (empty where none was asked for), or `undefined` when people would rather not
 */
export function confirm(options: ConfirmOptions): Promise<string | undefined> {
  return new Promise((resolve) => {
    const id = modals.open({
      title: options.title,
      onClose: () => resolve(undefined),
      children: (
        <ConfirmForm
          {...options}
          answer={(reason) => {
            resolve(reason)
            modals.close(id)
          }}
        />
      ),
    })
  })
}

function ConfirmForm({
  body,
  act,
  word,
  reason,
  danger = true,
  answer,
}: ConfirmOptions & { answer: (reason: string | undefined) => void }) {
  const t = useFrameTexts()
  const [typed, setTyped] = useState('')
  const [why, setWhy] = useState('')
  const isReady = (word === undefined || typed.trim() === word) && (reason !== 'owed' || why.trim() !== '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isReady) answer(why.trim())
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm" component="div">
          {body}
        </Text>
        {reason && (
          <Textarea
            label={t.confirm.reason}
            description={t.confirm.reasonHelp}
            required={reason === 'owed'}
            withAsterisk={reason === 'owed'}
            maxLength={500}
            autosize
            minRows={2}
            value={why}
            onChange={({ currentTarget: { value } }) => setWhy(value.replaceAll(/\s+/g, ' '))}
            data-autofocus={word === undefined || undefined}
          />
        )}
        {word !== undefined && (
          <TextInput
            label={t.confirm.type(word)}
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={({ currentTarget: { value } }) => setTyped(value)}
            data-autofocus
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button
            variant="default"
            onClick={() => answer(undefined)}
            data-autofocus={(word === undefined && reason === undefined) || undefined}
          >
            {t.confirm.cancel}
          </Button>
          <Button type="submit" color={danger ? 'red' : 'lake'} disabled={!isReady}>
            {act}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
