/**
 * Asks before something is done to many users: why, then how many it hits by a run that changes nothing, then whether that is meant.
 *
 * @module
 */
import { Alert, Button, Group, Loader, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../data/api.ts'
import { refusalOf } from '../../data/refusal.ts'
import { useAct } from '../../data/use-act.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { type BulkTexts, bulkTexts } from './texts.ts'

type Wish = Parameters<typeof api.bulk.start>[0]
export type BulkRun = Awaited<ReturnType<typeof api.bulk.get>>
export type Selector = BulkRun['selector']

/** What can be done, the most harmless first. */
export const actions = ['revokeSessions', 'requireReset', 'enable', 'disable', 'delete'] as const satisfies Wish['action'][]
type Action = (typeof actions)[number]

interface Asked {
  readonly action: Action
  readonly selector: Selector
}

export const isOver = ({ state }: Pick<BulkRun, 'state'>): boolean => ['done', 'cancelled', 'failed'].includes(state)

/** @returns the id of the run that has begun, or `undefined` when people would rather not */
export function askBulk(title: string, asked: Asked): Promise<string | undefined> {
  return new Promise((resolve) => {
    const id = modals.open({
      title,
      onClose: () => resolve(undefined),
      children: (
        <AskForm
          {...asked}
          answer={(run) => {
            resolve(run)
            modals.close(id)
          }}
        />
      ),
    })
  })
}

function meantBy(selector: Selector, t: BulkTexts): string {
  if ('ids' in selector) return t.meant(selector.ids.length)
  return Object.keys(selector.filter).length > 0 ? t.meantAll : t.meantEverybody
}

function AskForm({ action, selector, answer }: Asked & { answer: (run: string | undefined) => void }) {
  const t = useTexts(bulkTexts)
  const { confirm } = useFrameTexts()
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const start = (dryRun: boolean) => ({
    run: () => api.bulk.start({ action, selector, reason: reason.trim(), dryRun } as Wish),
    touches: ['bulk'],
    quiet: true,
  })
  const count = useAct(start(true))
  const act = useAct(start(false))
  const counted = useCounted(count.data?.id)
  const word = counted.hit === undefined ? '' : String(counted.hit)
  const isReady = counted.hit !== undefined && counted.hit > 0 && typed.trim() === word
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!count.data) count.mutate()
    else if (isReady) act.mutate(undefined, { onSuccess: ({ id }) => answer(id) })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">
          {meantBy(selector, t)} {t.effects[action]}
        </Text>
        <Textarea
          label={confirm.reason}
          description={confirm.reasonHelp}
          required
          withAsterisk
          maxLength={500}
          autosize
          minRows={2}
          value={reason}
          readOnly={count.isPending || count.isSuccess}
          onChange={({ currentTarget: { value } }) => setReason(value.replaceAll(/\s+/g, ' '))}
          data-autofocus
        />
        {count.data && <Counted {...counted} />}
        <Problem error={count.error ?? counted.error ?? act.error} />
        {counted.hit !== undefined && counted.hit > 0 && (
          <TextInput
            label={confirm.type(word)}
            value={typed}
            inputMode="numeric"
            autoComplete="off"
            autoFocus
            onChange={({ currentTarget: { value } }) => setTyped(value)}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => answer(undefined)}>
            {confirm.cancel}
          </Button>
          {count.data ? (
            <Button type="submit" color={action === 'enable' ? 'lake' : 'red'} disabled={!isReady} loading={act.isPending}>
              {t.act(t.actions[action] ?? action, counted.hit ?? 0)}
            </Button>
          ) : (
            <Button type="submit" loading={count.isPending} disabled={reason.trim() === ''}>
              {t.count}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  )
}

/** Follows the run that only counts. */
function useCounted(id: string | undefined) {
  const { data, error } = useQuery({
    queryKey: ['bulk', 'one', id],
    queryFn: () => api.bulk.get({ id: id ?? '' }),
    enabled: id !== undefined,
    refetchInterval: ({ state: { data: run } }) => (run && isOver(run) ? false : 400),
  })
  const isDone = data?.state === 'done'
  return {
    error,
    soFar: data?.counts.selected ?? 0,
    hit: isDone ? data.counts.selected : undefined,
    spared: isDone ? data.counts.skipped + data.counts.failed : 0,
    hasFailed: data !== undefined && isOver(data) && !isDone,
  }
}

function Counted({ soFar, hit, spared, hasFailed }: Omit<ReturnType<typeof useCounted>, 'error'>) {
  const t = useTexts(bulkTexts)
  if (hasFailed) return <Text c="var(--mantine-color-error)">{t.failedCount}</Text>
  return (
    <div role="status">
      {hit === undefined ? (
        <Group gap="xs">
          <Loader size="xs" aria-hidden="true" />
          <Text size="sm">{t.counting(soFar)}</Text>
        </Group>
      ) : (
        <>
          <Text fw={600}>{hit === 0 ? t.nobody : t.hit(hit)}</Text>
          {spared > 0 && (
            <Text size="sm" c="dimmed">
              {t.spared(spared)}
            </Text>
          )}
        </>
      )}
    </div>
  )
}

function Problem({ error }: { error: Error | null }) {
  const t = useFrameTexts()
  return error ? (
    <Alert color="red" role="alert">
      {refusalOf(error, t).text}
    </Alert>
  ) : null
}
