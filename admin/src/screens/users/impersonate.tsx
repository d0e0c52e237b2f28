/**
 * Seeing what a user sees: why, then a link to where it begins. The session cookie of this browser is theirs from then on, the panel's stays.
 *
 * @module
 */
import { Alert, Button, Group, Stack, Switch, Text, Textarea } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { isOperatorRole } from '../../../../src/client.ts'
import { api } from '../../data/api.ts'
import { impersonationQuery } from '../../data/impersonation.ts'
import { useOperator } from '../../data/operator.tsx'
import { refusalOf } from '../../data/refusal.ts'
import { useAct } from '../../data/use-act.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { calledOf } from '../../parts/called.ts'
import { impersonateTexts } from './impersonate-texts.ts'
import type { UserDetail } from './user-query.ts'

/** The act, for whoever may, where there is somebody to be seen: operators are seen by nobody. */
export function useImpersonate(user: UserDetail) {
  const t = useTexts(impersonateTexts)
  const { may, has } = useOperator()
  if (!has('impersonation') || !may('manage') || user.disabledAt !== null || isOperatorRole(user.role)) return []
  const run = () => {
    const id = modals.open({
      title: t.title(calledOf(user)),
      children: <ImpersonateForm user={user} close={() => modals.close(id)} />,
    })
  }
  return [{ label: t.act, icon: 'eye' as const, run }]
}

function ImpersonateForm({ user, close }: { user: UserDetail; close: () => void }) {
  const t = useTexts(impersonateTexts)
  const frame = useFrameTexts()
  const [reason, setReason] = useState('')
  const [write, setWrite] = useState(false)
  const terms = useQuery(impersonationQuery)
  const start = useAct({
    run: () => api.impersonation.start({ id: user.id, reason: reason.trim(), write }),
    touches: ['sessions', 'impersonation'],
    quiet: true,
  })
  const error = start.error ?? terms.error
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (reason.trim() !== '') start.mutate()
  }
  if (start.data)
    return (
      <Stack gap="md">
        <Text size="sm" role="status">
          {t.begun} {t.ends} <Ago at={start.data.endsAt} />.
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {frame.confirm.close}
          </Button>
          <Button component="a" href={start.data.url} target="_blank" rel="noopener" onClick={close} data-autofocus>
            {t.open}
          </Button>
        </Group>
      </Stack>
    )
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">
          {t.intro} {terms.data && t.howLong(Math.round(terms.data.ttlSeconds / 60))}
        </Text>
        {error && <Alert color="red">{refusalOf(error, frame).text}</Alert>}
        <Textarea
          label={frame.confirm.reason}
          description={t.reasonHelp}
          required
          maxLength={500}
          autosize
          minRows={2}
          value={reason}
          onChange={({ currentTarget: { value } }) => setReason(value.replaceAll(/\s+/g, ' '))}
          data-autofocus
        />
        {terms.data?.mayWrite && (
          <Switch
            label={t.write}
            description={t.writeHelp}
            checked={write}
            onChange={({ currentTarget: { checked } }) => setWrite(checked)}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {frame.confirm.cancel}
          </Button>
          <Button type="submit" loading={start.isPending} disabled={reason.trim() === ''}>
            {t.begin}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
