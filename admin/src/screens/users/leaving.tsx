import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { Icon } from '../../parts/icon.tsx'
import { actsTexts } from './acts-texts.ts'

/** Says of somebody who waits to be deleted until when they can be kept. */
export function Leaving({ id }: { id: string }) {
  const t = useTexts(actsTexts)
  const { may } = useOperator()
  const { data } = useQuery({ queryKey: ['users', 'departure', id], queryFn: () => api.account.departure({ id }) })
  const restore = useAct({ run: () => api.account.restore({ id }), done: t.restored, touches: ['users'] })
  if (!data?.deleteAt) return null
  const ask = async () => {
    if ((await confirm({ title: t.restoreTitle, body: t.restoreBody, act: t.restore, danger: false })) !== undefined)
      restore.mutate()
  }
  return (
    <Alert color="orange" title={t.leaving} icon={<Icon name="alert" />}>
      <Stack gap="xs">
        <Text size="sm">
          {data.wishedBy && t.leavingBy[data.wishedBy]} {t.leavingAt} <Ago at={data.deleteAt} />
        </Text>
        {data.note !== null && <Text size="sm">{data.note}</Text>}
        {may('help') && (
          <Group>
            <Button variant="default" loading={restore.isPending} onClick={() => void ask()}>
              {t.restore}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  )
}
