/**
 * The frame around every screen: header, navigation, palette, keys, and the dialog of a session that is over.
 *
 * @module
 */
import { ActionIcon, AppShell, Burger, Group, NavLink, ScrollArea, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure, useMediaQuery } from '@mantine/hooks'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { appName } from '../data/api.ts'
import { useOperator } from '../data/operator.tsx'
import { PlacesContext } from '../data/places.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'
import { Icon } from '../parts/icon.tsx'
import { Keys } from './keys.tsx'
import { ColourMenu, LanguageMenu, OperatorMenu } from './menus.tsx'
import { openPalette, Palette } from './palette.tsx'
import { Relogin } from './relogin.tsx'
import classes from './shell.module.css'
import { useScreens } from './use-screens.ts'

export function Shell() {
  const t = useFrameTexts()
  const places = useScreens()
  const [isOpen, menu] = useDisclosure(false)
  const [areKeysShown, keys] = useDisclosure(false)
  const main = useRef<HTMLElement>(null)
  const burger = useRef<HTMLButtonElement>(null)
  const isNarrow = useMediaQuery('(width < 48em)', false, { getInitialValueInEffect: false })
  /** On a phone the menu lies over the page; wider, it stands beside it and is never opened. */
  const isCovered = isOpen && isNarrow
  useFocusOnArrival(main, isCovered, menu.close)
  useEffect(() => {
    if (!isOpen) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      menu.close()
      burger.current?.focus()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [isOpen, menu.close])
  return (
    <>
      <button type="button" className={classes.skip} inert={isCovered} onClick={() => main.current?.focus()}>
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
              ref={burger}
              opened={isOpen}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t.nav.menu}
              aria-expanded={isOpen}
            />
            <div className={classes.tools} inert={isCovered}>
              <Brand />
              <SearchButton />
              <Group gap={2} wrap="nowrap" ml="auto">
                <LanguageMenu />
                <ColourMenu />
                <OperatorMenu showKeys={keys.open} />
              </Group>
            </div>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar className={classes.navbar} mod={{ open: isOpen }} aria-label={t.nav.main}>
          <AppShell.Section grow component={ScrollArea} p="xs">
            <Navigation />
          </AppShell.Section>
        </AppShell.Navbar>
        <AppShell.Main id="main" ref={main} tabIndex={-1} inert={isCovered}>
          <PlacesContext value={places}>
            <SeenAs />
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

/** A new page begins at its beginning, for the keyboard and for screen readers too. What the menu covers takes no focus before it is gone. */
function useFocusOnArrival(main: { readonly current: HTMLElement | null }, isCovered: boolean, closeMenu: () => void): void {
  const { pathname } = useLocation()
  const last = useRef(pathname)
  useEffect(() => {
    if (last.current === pathname) return
    if (isCovered) return closeMenu()
    last.current = pathname
    closeMenu()
    main.current?.focus({ preventScroll: true })
  })
}

const Impersonation = lazy(() => import('./impersonation.tsx'))

/** For the few who may see what a user sees. */
function SeenAs() {
  const { may, has } = useOperator()
  if (!has('impersonation') || !may('manage')) return null
  return (
    <Suspense fallback={null}>
      <Impersonation />
    </Suspense>
  )
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
      <UnstyledButton className={classes.search} onClick={openPalette} visibleFrom="xs" aria-keyshortcuts="Control+K Meta+K">
        <Icon name="search" size={15} />
        <span className={classes.hint}>{t.header.search}</span>
        <kbd className={classes.kbd}>{/Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl'} K</kbd>
      </UnstyledButton>
      <ActionIcon variant="subtle" color="gray" size="lg" hiddenFrom="xs" onClick={openPalette} aria-label={t.header.search}>
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
