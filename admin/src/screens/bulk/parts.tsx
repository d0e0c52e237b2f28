import { Badge, Group, Progress, Stack, Text } from '@mantine/core'
import { useTexts } from '../../messages/use-texts.tsx'
import { UserName } from '../users/user-name.tsx'
import { bulkTexts } from './texts.ts'

const colours: Readonly<Record<string, string>> = {
  done: 'teal',
  created: 'teal',
  failed: 'red',
  refused: 'red',
  running: 'lake',
}

/** A state or an outcome in a word. */
export const StateBadge = ({ state, names }: { state: string; names: Readonly<Record<string, string>> }) => (
  <Badge miw="max-content" color={colours[state] ?? 'gray'}>
    {names[state] ?? state}
  </Badge>
)

/** Who asked for it. */
export function By({ actor }: { actor: { readonly kind: string; readonly id: string } }) {
  const t = useTexts(bulkTexts)
  if (actor.kind !== 'user') return t.script
  return <UserName id={actor.id} />
}

/** How far a run is. Where nobody knows how many are meant there is no bar: a full one would be a lie. */
export function Progressing({ done, all, isRunning }: { done: number; all: number | null; isRunning: boolean }) {
  const t = useTexts(bulkTexts)
  const share = !all ? 100 : Math.min(100, (done / all) * 100)
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {t.progress}
        </Text>
        <Text size="sm" role="status">
          {all === null ? done : t.took(done, all)}
        </Text>
      </Group>
      {all !== null && (
        <Progress.Root>
          <Progress.Section value={share} animated={isRunning} aria-label={t.progress} />
        </Progress.Root>
      )}
    </Stack>
  )
}
