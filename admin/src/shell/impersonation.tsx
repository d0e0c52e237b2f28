/**
 * On every page: that this operator sees what somebody else sees, until when, and the way out.
 *
 * The server says so, whichever browser it began in: a page that is loaded anew says it too, and one that stays open says when it is over.
 *
 * @module
 */
import { Alert, Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { isAuthError } from '../../../src/client.ts'
import { api } from '../data/api.ts'
import { impersonationQuery } from '../data/impersonation.ts'
import { useAct } from '../data/use-act.ts'
import { useLanguage, useTexts } from '../messages/use-texts.tsx'
import { Ago, onClock } from '../parts/ago.tsx'
import { Icon } from '../parts/icon.tsx'
import { UserName } from '../screens/users/user-name.tsx'
import { impersonationTexts } from './impersonation-texts.ts'
import classes from './shell.module.css'

/** Within it a page knows that it was ended elsewhere, or that it began. */
const [lookEveryMs, lookForOneMs] = [10_000, 60_000]
const leastMs = 5_000

/** It was over before anybody stopped it. */
function unlessOver(error: unknown): void {
  if (!isAuthError(error) || error.code !== 'not_found') throw error
}

export default function ImpersonationBanner() {
  const t = useTexts(impersonationTexts)
  const { language } = useLanguage()
  const { data } = useQuery({
    ...impersonationQuery,
    refetchInterval({ state: { data } }) {
      if (!data?.current) return lookForOneMs
      return Math.min(lookEveryMs, Math.max(leastMs, Date.parse(data.current.endsAt) - Date.now()))
    },
  })
  const stop = useAct({
    run: (sessionHandle: string) => api.sessions.revoke({ sessionHandle }).catch(unlessOver),
    done: t.stopped,
    touches: ['impersonation', 'sessions'],
  })
  const current = data?.current
  if (!current) return null
  return (
    <section aria-label={t.area}>
      <Alert color="orange" icon={<Icon name="eye" />} mb="md" role="status">
        <Group justify="space-between" gap="sm">
          <span className={classes.seenAs}>
            {t.as} <UserName id={current.userId} /> {t.until(onClock(current.endsAt, language))} (<Ago at={current.endsAt} />
            ).
            {!current.readOnly && ` ${t.mayChange}`}
          </span>
          <Button size="xs" variant="default" loading={stop.isPending} onClick={() => stop.mutate(current.sessionHandle)}>
            {t.stop}
          </Button>
        </Group>
      </Alert>
    </section>
  )
}
