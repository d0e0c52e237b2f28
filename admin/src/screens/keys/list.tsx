import { Alert, Badge, Button, Tooltip } from '@mantine/core'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useList } from '../../data/use-list.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { Copyable } from '../../parts/copy.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { InCode } from '../../parts/in-code.tsx'
import { Page } from '../../parts/page.tsx'
import { keysTexts } from './texts.ts'

type Key = Awaited<ReturnType<typeof api.keys.list>>['keys'][number]

const colours = { next: 'orange', signing: 'teal', verifying: 'lake', expired: 'gray' } as const

/** Signing keys: which signs, and which are still accepted. */
export default function KeysScreen() {
  const t = useTexts(keysTexts)
  const { may } = useOperator()
  const list = useList({ key: 'keys', asks: [], fetch: () => api.keys.list(), rows: (page) => page.keys })
  const rotate = useAct({ run: () => api.keys.rotate(), done: t.rotated, touches: ['keys', 'system'] })
  const retire = useAct({
    run: (kid: string) => api.keys.retire({ kid }),
    done: t.retired,
    touches: ['keys', 'system'],
  })
  const askRotate = async () => {
    const answer = await confirm({ title: t.rotateTitle, body: t.rotateBody, act: t.rotate, word: t.rotateWord })
    if (answer !== undefined) rotate.mutate()
  }
  const askRetire = async ({ kid, state }: Key) => {
    // So many characters tell keys apart, and can be typed.
    const word = kid.slice(0, 8)
    const body = [t.retireWhich(word), t.retireBody, state === 'signing' && t.retireSigning].filter(Boolean).join(' ')
    const answer = await confirm({ title: t.retireTitle, body, act: t.retire, word })
    if (answer !== undefined) retire.mutate(kid)
  }
  /** Whether another one would sign in its place; without one the server refuses. */
  const canRetire = ({ kid, state }: Key) =>
    (state === 'next' || state === 'signing') && list.rows.some((other) => other.kid !== kid && other.retiredAt === null)
  const areGiven = list.rows.some(({ isGiven }) => isGiven)
  const canChange = may('manage') && list.rows.length > 0 && !areGiven
  return (
    <Page
      title={t.title}
      lead={t.lead}
      actions={
        canChange && (
          <Button variant="default" loading={rotate.isPending} onClick={() => void askRotate()}>
            {t.rotate}
          </Button>
        )
      }
    >
      {areGiven && (
        <Alert color="gray" title={t.areGiven} role="note">
          <InCode text={t.givenHelp} />
        </Alert>
      )}
      <DataTable<Key>
        label={t.title}
        list={list}
        columns={columnsOf(t)}
        id={({ kid }) => kid}
        name={({ kid }) => kid}
        empty={{ title: t.empty, help: t.emptyHelp }}
        {...(canChange && {
          actions: (key: Key) =>
            canRetire(key) && (
              <Button
                variant="subtle"
                color="gray"
                size="compact-sm"
                aria-label={t.retireNamed(key.kid)}
                onClick={() => void askRetire(key)}
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
  { key: 'created', title: t.created, wide: true, cell: (key) => (key.isGiven ? '–' : <Ago at={key.createdAt} />) },
  { key: 'active', title: t.active, cell: (key) => (key.isGiven ? '–' : <Ago at={key.activeAt} />) },
  {
    key: 'expires',
    title: t.expires,
    cell: ({ expiresAt, isGiven }) => <Ago at={expiresAt} never={isGiven ? t.givenEnd : t.noEnd} />,
  },
]
