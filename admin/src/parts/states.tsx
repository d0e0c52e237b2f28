import { Button, Code, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { refusalOf } from '../data/refusal.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'
import { Icon, type IconName } from './icon.tsx'
import classes from './states.module.css'

/** A quiet page or a quiet list: what is the matter, and what can be done. */
export function Quiet({
  icon,
  title,
  children,
  action,
  alert = false,
  page = false,
}: {
  icon: IconName
  title: string
  children?: ReactNode
  action?: ReactNode
  alert?: boolean
  /** In the place of a whole page rather than of a part of one. */
  page?: boolean
}) {
  return (
    <Stack align="center" gap={6} py={48} px="md" ta="center" role={alert ? 'alert' : undefined}>
      <span className={classes.picture}>
        <Icon name={icon} size={26} />
      </span>
      <Title order={page ? 1 : 2} size="h2">
        {title}
      </Title>
      {children ? (
        <Text size="sm" c="dimmed" maw={440}>
          {children}
        </Text>
      ) : null}
      {action ? <div className={classes.action}>{action}</div> : null}
    </Stack>
  )
}

const Home = () => {
  const t = useFrameTexts()
  return (
    <Button variant="default" renderRoot={(props) => <Link to="/" {...props} />}>
      {t.states.home}
    </Button>
  )
}

/** The operator's role is not enough. */
export function Forbidden({ page = true }: { page?: boolean }) {
  const t = useFrameTexts()
  return (
    <Quiet page={page} icon="lock" title={t.states.forbiddenTitle} action={<Home />}>
      {t.states.forbidden}
    </Quiet>
  )
}

/** The house runs without what this screen shows. */
export function FeatureOff({ feature }: { feature: string }) {
  const t = useFrameTexts()
  return (
    <Quiet page icon="settings" title={t.states.offTitle} action={<Home />}>
      {t.states.off(feature)}
    </Quiet>
  )
}

/** No such address, or no such thing any more. */
export function Missing({ page = true }: { page?: boolean }) {
  const t = useFrameTexts()
  return (
    <Quiet page={page} icon="search" title={t.states.missingTitle} action={<Home />}>
      {t.states.missing}
    </Quiet>
  )
}

/** What a thrown value asks to be shown in the place of what could not be read. */
export function Refused({ error, retry, page = false }: { error: unknown; retry?: (() => void) | undefined; page?: boolean }) {
  const t = useFrameTexts()
  const { code, text, id } = refusalOf(error, t)
  if (code === 'forbidden') return <Forbidden page={page} />
  if (code === 'not_found') return <Missing page={page} />
  return (
    <Quiet
      alert
      page={page}
      icon="alert"
      title={t.states.brokenTitle}
      action={
        retry ? (
          <Button variant="default" onClick={retry}>
            {t.states.retry}
          </Button>
        ) : null
      }
    >
      {text}
      {id ? (
        <>
          <br />
          {t.states.id} <Code>{id}</Code>
        </>
      ) : null}
    </Quiet>
  )
}
