import { Button, type ButtonProps, Group } from '@mantine/core'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { jobsTexts } from './texts.ts'

/** Lists that show jobs. */
const touches = ['jobs', 'mails']

/** One that is gone meanwhile was redriven or dropped by somebody else. */
async function each(ids: readonly string[], act: (id: string) => { result(): Promise<{ ok: boolean; error?: unknown }> }) {
  for (const id of ids) {
    const answer = await act(id).result()
    if (!answer.ok && (answer.error as { code?: string }).code !== 'not_found') throw answer.error
  }
}

/** What can be done with jobs that were given up. */
export function useJobActs(afterDrop?: () => void) {
  const t = useTexts(jobsTexts)
  const redrive = useAct({
    run: (ids: readonly string[]) => each(ids, (id) => api.jobs.redrive({ id })),
    done: (_, ids) => t.redriven(ids.length),
    touches,
  })
  const drop = useAct({
    async run(ids: readonly string[]) {
      await each(ids, (id) => api.jobs.drop({ id }))
      // Before anything is loaded again: the page of a job that is gone would ask for it.
      afterDrop?.()
    },
    done: (_, ids) => t.dropped(ids.length),
    touches,
  })
  return {
    isBusy: redrive.isPending || drop.isPending,
    redrive: (ids: readonly string[]) => redrive.mutate(ids),
    async askDrop(ids: readonly string[]) {
      const answer = await confirm({ title: t.dropTitle(ids.length), body: t.dropBody, act: t.drop, word: t.dropWord })
      if (answer === undefined) return
      drop.mutate(ids)
    },
  }
}

export type JobActs = ReturnType<typeof useJobActs>

/** The buttons of one job, or of several. */
export function DeadButtons({
  ids,
  name,
  acts,
  size = 'compact-sm',
}: {
  ids: readonly string[]
  /** In a row of many: buttons are quiet, and say which job they mean. */
  name?: string
  acts: JobActs
  size?: ButtonProps['size']
}) {
  const t = useTexts(jobsTexts)
  const { may } = useOperator()
  if (!may('manage')) return null
  return (
    <Group gap={4} wrap="nowrap">
      <Button
        variant={name === undefined ? 'filled' : 'subtle'}
        size={size}
        disabled={acts.isBusy}
        aria-label={name === undefined ? undefined : t.redriveNamed(name)}
        onClick={() => acts.redrive(ids)}
      >
        {t.redrive}
      </Button>
      <Button
        variant="subtle"
        color={name === undefined ? 'red' : 'gray'}
        size={size}
        disabled={acts.isBusy}
        aria-label={name === undefined ? undefined : t.dropNamed(name)}
        onClick={() => void acts.askDrop(ids)}
      >
        {t.drop}
      </Button>
    </Group>
  )
}

/** Has everything tried again that was given up: all, or those of a kind. */
export function RedriveAll({ kind }: { kind?: string | undefined }) {
  const t = useTexts(jobsTexts)
  const { may } = useOperator()
  const redrive = useAct({
    run: () => api.jobs.redrive(kind === undefined ? {} : { kind }),
    done: ({ redriven }) => t.redriven(redriven),
    touches,
  })
  if (!may('manage')) return null
  const ask = async () => {
    const answer = await confirm({
      title: t.redriveAllTitle,
      body: t.redriveAllBody(kind),
      act: t.redriveAll,
      danger: false,
    })
    if (answer !== undefined) redrive.mutate()
  }
  return (
    <Button variant="default" loading={redrive.isPending} onClick={() => void ask()}>
      {t.redriveAll}
    </Button>
  )
}
