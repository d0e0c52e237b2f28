import { Anchor, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import { appName } from '../data/api.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'
import { Icon } from './icon.tsx'
import classes from './page.module.css'

export interface Crumb {
  readonly label: string
  readonly to: string
}

export interface PageProps {
  readonly title: string
  /** The screens above this one, the first first. */
  readonly crumbs?: readonly Crumb[]
  /** One line under the title. */
  readonly lead?: ReactNode
  /** Beside the title: tags, a state. */
  readonly beside?: ReactNode
  /** Buttons that concern the whole page. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** The frame of every screen: where we are, its title, what can be done. */
export function Page({ title, crumbs = [], lead, beside, actions, children }: PageProps) {
  const t = useFrameTexts()
  useEffect(() => {
    document.title = `${title} · ${appName}`
  }, [title])
  return (
    <Stack gap="md" className={classes.page}>
      <div>
        {crumbs.length > 0 && (
          <nav aria-label={t.nav.path} className={classes.crumbs}>
            {crumbs.map(({ label, to }) => (
              <span key={to} className={classes.crumb}>
                <Anchor size="sm" renderRoot={(props) => <Link to={to} {...props} />}>
                  {label}
                </Anchor>
                <Icon name="next" size={12} />
              </span>
            ))}
          </nav>
        )}
        <Group justify="space-between" align="flex-start" gap="sm">
          <div className={classes.names} data-lead={lead ? true : undefined}>
            <Group gap="4px 12px" mih={36}>
              <Title order={1} className={classes.title}>
                {title}
              </Title>
              {beside}
            </Group>
            {lead ? (
              <Text size="sm" c="dimmed" component="div">
                {lead}
              </Text>
            ) : null}
          </div>
          {actions ? <Group gap="xs">{actions}</Group> : null}
        </Group>
      </div>
      {children}
    </Stack>
  )
}

/** A part of a page with a line around it. */
export function Section({
  title,
  actions,
  children,
  flush = false,
}: {
  title?: string
  actions?: ReactNode
  children: ReactNode
  flush?: boolean
}) {
  return (
    <section className={classes.section}>
      {title ? (
        <header className={classes.head}>
          <Title order={2}>{title}</Title>
          {actions ? <Group gap="xs">{actions}</Group> : null}
        </header>
      ) : null}
      <div className={flush ? undefined : classes.body}>{children}</div>
    </section>
  )
}

/** Names and values of one thing. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className={classes.facts}>{children}</dl>
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children ?? '–'}</dd>
    </div>
  )
}

/** While a page is on its way. */
export function PageLoading() {
  const t = useFrameTexts()
  return (
    <Stack gap="md" aria-busy="true">
      <span className="visually-hidden" role="status">
        {t.list.loading}
      </span>
      <Skeleton h={26} w={180} />
      <Skeleton h={280} />
    </Stack>
  )
}
