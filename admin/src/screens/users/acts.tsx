/**
 * What can be done with a user: a row of buttons, of which a phone has the first and a menu has the others.
 *
 * @module
 */
import { Button, type ButtonProps, Menu } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { api, basePath } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { Icon, type IconName } from '../../parts/icon.tsx'
import { actsTexts } from './acts-texts.ts'
import { useImpersonate } from './impersonate.tsx'
import { usersTexts } from './texts.ts'
import type { UserDetail } from './user-query.ts'

interface Act {
  readonly label: string
  readonly icon: IconName
  readonly run: () => void
  readonly isBusy?: boolean
  /** How its button looks; in the menu what is red stays so. */
  readonly look?: Pick<ButtonProps, 'variant' | 'color'>
}

export function UserActs({ user }: { user: UserDetail }) {
  const t = useTexts(usersTexts)
  const { may } = useOperator()
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false })
  const impersonate = useImpersonate(user)
  const standing = useStanding(user)
  const { id } = user
  const revoke = useAct({
    run: () => api.sessions.revokeAll({ id }),
    done: ({ revoked }) => t.revoked(revoked),
    touches: ['users', 'sessions'],
  })
  if (!may('help')) return null
  const askRevoke = async () => {
    if ((await confirm({ title: t.revokeTitle, body: t.revokeBody, act: t.revokeAll })) !== undefined) revoke.mutate()
  }
  const acts: readonly Act[] = [
    { label: t.revokeAll, icon: 'logout', run: () => void askRevoke(), isBusy: revoke.isPending },
    ...impersonate,
    standing,
  ]
  const slim = isNarrow ? { px: 'sm' } : {}
  const shown = isNarrow ? acts.slice(0, 1) : acts
  const others = acts.slice(shown.length)
  return (
    <>
      {shown.map(({ label, run, isBusy = false, look }) => (
        <Button key={label} variant="default" {...look} {...slim} loading={isBusy} onClick={run}>
          {label}
        </Button>
      ))}
      {(others.length > 0 || may('manage')) && <More user={user} acts={others} {...slim} />}
    </>
  )
}

/** Shutting somebody out, or letting them in again. */
function useStanding({ id, disabledAt }: UserDetail): Act {
  const t = useTexts(usersTexts)
  const disable = useAct({
    run: (reason: string) => api.users.disable({ id, reason }),
    done: t.disabled,
    touches: ['users', 'sessions'],
  })
  const enable = useAct({ run: () => api.users.enable({ id }), done: t.enabled, touches: ['users'] })
  const askDisable = async () => {
    const reason = await confirm({ title: t.disableTitle, body: t.disableBody, act: t.disable, reason: 'owed' })
    if (reason !== undefined) disable.mutate(reason)
  }
  const askEnable = async () => {
    if ((await confirm({ title: t.enableTitle, body: t.enableBody, act: t.enable, danger: false })) !== undefined) enable.mutate()
  }
  return disabledAt === null
    ? {
        label: t.disable,
        icon: 'lock',
        run: () => void askDisable(),
        isBusy: disable.isPending,
        look: { variant: 'light', color: 'red' },
      }
    : { label: t.enable, icon: 'check', run: () => void askEnable(), isBusy: enable.isPending, look: { variant: 'filled' } }
}

/** What has no room, and what is not done every day: taking somebody's data along, and deleting them. */
function More({ user: { id, email, username, phone }, acts, ...slim }: { user: UserDetail; acts: readonly Act[]; px?: string }) {
  const t = useTexts(actsTexts)
  const { may } = useOperator()
  const navigate = useNavigate()
  const remove = useAct({
    async run(reason: string) {
      const answer = await api.account.delete({ id, ...(reason && { reason }) })
      // Before the list is loaded again: there is no page of whoever is gone.
      if (answer.status === 'deleted') await navigate({ to: '/users' })
      return answer
    },
    done: ({ status }) => (status === 'deleted' ? t.removed : t.removeBegun),
    touches: ['users', 'sessions'],
  })
  const ask = async () => {
    const word = email ?? username ?? phone ?? id
    const reason = await confirm({
      title: t.removeTitle,
      body: t.removeBody,
      act: t.remove.replace('…', ''),
      word,
      reason: 'asked',
    })
    if (reason !== undefined) remove.mutate(reason)
  }
  const isBusy = remove.isPending || acts.some((act) => act.isBusy)
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" {...slim} loading={isBusy} rightSection={<Icon name="menu" size={14} />}>
          {t.more}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {acts.map(({ label, icon, run, look }) => (
          <Menu.Item key={label} {...colourOf(look?.color === 'red')} leftSection={<Icon name={icon} size={16} />} onClick={run}>
            {label}
          </Menu.Item>
        ))}
        {may('manage') && (
          <>
            <Menu.Item
              component="a"
              download={`${id}.json`}
              href={`${basePath}/api/users/${encodeURIComponent(id)}/export`}
              leftSection={<Icon name="download" size={16} />}
            >
              {t.download}
            </Menu.Item>
            <Menu.Item {...colourOf(true)} leftSection={<Icon name="trash" size={16} />} onClick={() => void ask()}>
              {t.remove}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

const colourOf = (isRed: boolean) => (isRed ? { color: 'var(--mantine-color-error)' } : {})
