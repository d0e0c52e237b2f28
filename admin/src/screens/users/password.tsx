import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { Fact, Facts, PageLoading, Section } from '../../parts/page.tsx'
import { Refused } from '../../parts/states.tsx'
import { actsTexts } from './acts-texts.ts'
import { showTemporary } from './temporary.tsx'
import type { UserDetail } from './user-query.ts'

type State = Awaited<ReturnType<typeof api.password.state>>

/** Whether a user has a password, what they owe, and what an operator can demand. */
export default function Password({ user }: { user: UserDetail }) {
  const t = useTexts(actsTexts)
  const { may } = useOperator()
  const state = useQuery({ queryKey: ['users', 'password', user.id], queryFn: () => api.password.state({ id: user.id }) })
  if (state.isError) return <Refused error={state.error} retry={() => void state.refetch()} />
  if (!state.data) return <PageLoading />
  return (
    <Section title={t.password}>
      <Stack gap="md">
        <StateFacts state={state.data} />
        {may('help') && <Acts user={user} state={state.data} />}
      </Stack>
    </Section>
  )
}

function StateFacts({ state: { isSet, format, changedAt, changeRequiredAt, resetRequiredAt } }: { state: State }) {
  const t = useTexts(actsTexts)
  return (
    <Facts>
      <Fact name={t.isSet}>
        <Badge color={isSet ? 'teal' : 'gray'}>{isSet ? t.set : t.notSet}</Badge>
      </Fact>
      {format !== null && <Fact name={t.format}>{format === 'argon2' ? format : `${format}, ${t.formatOld}`}</Fact>}
      {changedAt !== null && (
        <Fact name={t.changed}>
          <Ago at={changedAt} />
        </Fact>
      )}
      {changeRequiredAt !== null && (
        <Fact name={t.changeOwed}>
          <Ago at={changeRequiredAt} />
        </Fact>
      )}
      {resetRequiredAt !== null && (
        <Fact name={t.resetOwed}>
          <Ago at={resetRequiredAt} />
        </Fact>
      )}
    </Facts>
  )
}

function Acts({ user: { id, email }, state }: { user: UserDetail; state: State }) {
  const t = useTexts(actsTexts)
  const { has } = useOperator()
  const touches = ['users', 'sessions']
  const reset = useAct({
    run: () => api.password.requireReset({ id }),
    done: state.isSet ? t.resetRequired : t.invited,
    touches,
  })
  const give = useAct({ run: () => api.password.reset({ id }), touches })
  const isReached = has('mail') && email !== null
  const askReset = async () => {
    const [title, body] = state.isSet ? [t.requireResetTitle, t.requireResetBody] : [t.inviteTitle, t.inviteBody]
    const act = state.isSet ? t.requireReset : t.invite
    if ((await confirm({ title, body, act, danger: state.isSet })) !== undefined) reset.mutate()
  }
  const askGive = async () => {
    if ((await confirm({ title: t.temporaryTitle, body: t.temporaryBody, act: t.temporary.replace('…', '') })) === undefined)
      return
    give.mutate(undefined, {
      onSuccess: ({ temporaryPassword }) => showTemporary(t.temporaryMade, temporaryPassword),
    })
  }
  return (
    <>
      <Group gap="xs">
        {isReached && (
          <Button variant="default" loading={reset.isPending} onClick={() => void askReset()}>
            {state.isSet ? (state.resetRequiredAt === null ? t.requireReset : t.again) : t.invite}
          </Button>
        )}
        <Button variant="default" loading={give.isPending} onClick={() => void askGive()}>
          {t.temporary}
        </Button>
      </Group>
      {!isReached && (
        <Text size="sm" c="dimmed">
          {t.noMail}
        </Text>
      )}
    </>
  )
}
