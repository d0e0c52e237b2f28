import { Input, Skeleton, Text } from '@mantine/core'
import { lazy, Suspense, useId } from 'react'
import { useFrameTexts } from '../messages/use-texts.tsx'

const Code = lazy(() => import('./code-editor.tsx'))

export interface JsonEditorProps {
  readonly label: string
  readonly description?: string
  /** The text as it is typed; parse it with {@link parseJsonObject} before it is sent. */
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error?: string | undefined
  readonly readOnly?: boolean
}

/** JSON as text, in an editor that is loaded when it is needed. */
export function JsonEditor({ label, description, error, ...rest }: JsonEditorProps) {
  const t = useFrameTexts()
  const id = useId()
  return (
    <Input.Wrapper label={label} labelElement="div" labelProps={{ id }} description={description} error={error}>
      <Suspense fallback={<Skeleton h={180} aria-label={t.json.loading} />}>
        <Code language="json" labelledBy={id} {...rest} />
      </Suspense>
      {!rest.readOnly && (
        <Text size="xs" c="dimmed" mt={4}>
          {t.json.leave}
        </Text>
      )}
    </Input.Wrapper>
  )
}

/** Reads what was typed. @returns the object, or why it is none */
export function parseJsonObject(
  text: string,
  t: { broken: (why: string) => string; notObject: string },
): { value: Record<string, unknown> } | { problem: string } {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { problem: t.notObject }
    return { value: value as Record<string, unknown> }
  } catch (error) {
    return { problem: t.broken(error instanceof Error ? error.message : String(error)) }
  }
}
