/**
 * The frame around every screen: header, navigation, palette, keys, and the dialog of a session that is over.
 *
 * @module
 */
import { ActionIcon, AppShell, Burger, Group, NavLink, ScrollArea, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { spotlight } from '@mantine/spotlight'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { appName } from '../data/api.ts'
import { PlacesContext } from '../data/places.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'
import { Icon } from '../parts/icon.tsx'
import { Keys } from './keys.tsx'
import { ColourMenu, LanguageMenu, OperatorMenu } from './menus.tsx'
import { Palette } from './palette.tsx'
import { Relogin } from './relogin.tsx'
import classes from './shell.module.css'
import { useScreens } from './use-screens.ts'

export function Shell() {
  const t = useFrameTexts()
  const places = useScreens()
  const [isOpen, menu] = useDisclosure(false)
  const [areKeysShown, keys] = useDisclosure(false)
  const main = useRef<HTMLElement>(null)
  useFocusOnArrival(main, menu.close)
  return (
    <>
      <button type="button" className={classes.skip} onClick={() => main.current?.focus()}>
        {t.nav.skip}
      </button>
      <AppShell
        header={{ height: 54 }}
        navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
        padding={{ base: 'sm', sm: 'lg' }}
      >
        <AppShell.Header className={classes.header}>
          <Group h="100%" px={{ base: 'xs', sm: 'md' }} gap="xs" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t.nav.menu}
              aria-expanded={isOpen}
            />
            <Brand />
            <SearchButton />
            <Group gap={2} wrap="nowrap" ml="auto">
              <LanguageMenu />
              <ColourMenu />
              <OperatorMenu showKeys={keys.open} />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar className={classes.navbar} aria-label={t.nav.main}>
          <AppShell.Section grow component={ScrollArea} p="xs">
            <Navigation />
          </AppShell.Section>
        </AppShell.Navbar>
        <AppShell.Main id="main" ref={main} tabIndex={-1}>
          <PlacesContext value={places}>
            <Outlet />
          </PlacesContext>
        </AppShell.Main>
      </AppShell>
      <Palette />
      <Keys isShown={areKeysShown} show={keys.open} hide={keys.close} />
      <Relogin />
    </>
  )
}

/** A new page begins at its beginning, for the keyboard and for screen readers too. */
function useFocusOnArrival(main: { readonly current: HTMLElement | null }, closeMenu: () => void): void {
  const { pathname } = useLocation()
  const last = useRef(pathname)
  useEffect(() => {
    if (last.current === pathname) return
    last.current = pathname
    closeMenu()
    main.current?.focus({ preventScroll: true })
  })
}

const Brand = () => (
  <UnstyledButton className={classes.brand} visibleFrom="xs" renderRoot={(props) => <Link to="/" {...props} />}>
    <span className={classes.mark}>
      <Icon name="key" size={16} />
    </span>
    <Text fw={650} visibleFrom="sm">
      {appName}
    </Text>
  </UnstyledButton>
)

function SearchButton() {
  const t = useFrameTexts()
  return (
    <>
      <UnstyledButton className={classes.search} onClick={spotlight.open} visibleFrom="xs" aria-keyshortcuts="Control+K Meta+K">
        <Icon name="search" size={15} />
        <span className={classes.hint}>{t.header.search}</span>
        <kbd className={classes.kbd}>{/Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl'} K</kbd>
      </UnstyledButton>
      <ActionIcon variant="subtle" color="gray" size="lg" hiddenFrom="xs" onClick={spotlight.open} aria-label={t.header.search}>
        <Icon name="search" />
      </ActionIcon>
    </>
  )
}

function Navigation() {
  const t = useFrameTexts()
  const screens = useScreens()
  const { pathname } = useLocation()
  return (['top', 'people', 'house'] as const).map((group) => {
    const those = screens.filter((screen) => screen.group === group)
    if (those.length === 0) return null
    return (
      <div key={group} className={classes.group}>
        {group !== 'top' && (
          <Text id={`nav-${group}`} className={classes.groupName}>
            {t.nav.groups[group]}
          </Text>
        )}
        <ul aria-labelledby={group === 'top' ? undefined : `nav-${group}`} className={classes.list}>
          {those.map(({ path, name, icon }) => {
            const isHere = pathname === path || pathname.startsWith(`${path}/`)
            return (
              <li key={path}>
                <NavLink
                  label={name}
                  leftSection={<Icon name={icon} />}
                  active={isHere}
                  className={classes.link}
                  renderRoot={(props) => <Link to={path} {...props} aria-current={isHere ? 'page' : undefined} />}
                />
              </li>
            )
          })}
        </ul>
      </div>
    )
  })
}
