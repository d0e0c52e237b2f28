import { Badge, Button, Tooltip } from '@mantine/core'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useList } from '../../data/use-list.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { Copyable } from '../../parts/copy.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { Page } from '../../parts/page.tsx'
import { keysTexts } from './texts.ts'

type Key = Awaited<ReturnType<typeof api.keys.list>>['keys'][number]

const colours = { next: 'orange', signing: 'teal', verifying: 'lake', expired: 'gray' } as const

/** Signing keys: which signs, and which are still accepted. */
export default function KeysScreen() {
  const t = useTexts(keysTexts)
  const { may } = useOperator()
  const list = useList({ key: 'keys', asks: [], fetch: () => api.keys.list(), rows: (page) => page.keys })
  const rotate = useAct({ run: () => api.keys.rotate(), done: t.rotated, touches: ['keys', 'audit', 'system'] })
  const retire = useAct({
    run: (kid: string) => api.keys.retire({ kid }),
    done: t.retired,
    touches: ['keys', 'audit', 'system'],
  })
  const askRotate = async () => {
    const answer = await confirm({ title: t.rotateTitle, body: t.rotateBody, act: t.rotate, word: t.rotateWord })
    if (answer !== undefined) rotate.mutate()
  }
  const askRetire = async (kid: string) => {
    const answer = await confirm({ title: t.retireTitle, body: t.retireBody, act: t.retire, word: kid })
    if (answer !== undefined) retire.mutate(kid)
  }
  const canRotate = may('manage') && list.rows.length > 0
  return (
    <Page
      title={t.title}
      lead={t.lead}
      actions={
        canRotate && (
          <Button color="red" variant="light" loading={rotate.isPending} onClick={() => void askRotate()}>
            {t.rotate}
          </Button>
        )
      }
    >
      <DataTable<Key>
        label={t.title}
        list={list}
        columns={columnsOf(t)}
        id={({ kid }) => kid}
        name={({ kid }) => kid}
        empty={{ title: t.empty, help: t.emptyHelp }}
        {...(may('manage') && {
          actions: ({ kid, state }: Key) =>
            (state === 'next' || state === 'signing') && (
              <Button
                variant="subtle"
                color="red"
                size="compact-sm"
                aria-label={t.retireNamed(kid)}
                onClick={() => void askRetire(kid)}
              >
                {t.retire}
              </Button>
            ),
        })}
      />
    </Page>
  )
}

const columnsOf = (t: (typeof keysTexts)['en']): readonly Column<Key>[] => [
  { key: 'kid', title: t.key, cell: ({ kid }) => <Copyable value={kid} /> },
  {
    key: 'state',
    title: t.state,
    cell: ({ state }) => (
      <Tooltip label={t.meanings[state]}>
        <Badge color={colours[state]} miw="max-content">
          {t.states[state]}
        </Badge>
      </Tooltip>
    ),
  },
  { key: 'alg', title: t.algorithm, cell: ({ alg }) => alg },
  { key: 'created', title: t.created, wide: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { key: 'active', title: t.active, cell: ({ activeAt }) => <Ago at={activeAt} /> },
  { key: 'expires', title: t.expires, cell: ({ expiresAt }) => <Ago at={expiresAt} never={t.noEnd} /> },
]
