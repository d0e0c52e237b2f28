import { Button, Group, Stack, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useTexts } from '../../messages/use-texts.tsx'
import { Copyable } from '../../parts/copy.tsx'
import { actsTexts } from './acts-texts.ts'

/** Shows a temporary password, this once. */
export const showTemporary = (title: string, password: string): void =>
  void modals.open({ title, closeOnClickOutside: false, children: <Given password={password} /> })

function Given({ password }: { password: string }) {
  const t = useTexts(actsTexts)
  return (
    <Stack gap="md">
      <Copyable value={password} />
      <Text size="sm">{t.temporaryShown}</Text>
      <Group justify="flex-end">
        <Button onClick={() => modals.closeAll()}>{t.close}</Button>
      </Group>
    </Stack>
  )
}
