/**
 * The palette: every screen, what can be done from anywhere, and people by the beginning of an address or name.
 *
 * @module
 */
import { useMantineColorScheme } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { createSpotlight, Spotlight } from '@mantine/spotlight'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { api } from '../data/api.ts'
import { useOperator } from '../data/operator.tsx'
import { type Language, languages } from '../messages/language.ts'
import { useFrameTexts, useLanguage } from '../messages/use-texts.tsx'
import { calledOf } from '../parts/called.ts'
import { Icon } from '../parts/icon.tsx'
import { logOut } from './menus.tsx'
import classes from './palette.module.css'
import { useScreens } from './use-screens.ts'

const [store, { open }] = createSpotlight()

/** Opens the palette from anywhere. */
export const openPalette = open

export function Palette() {
  const t = useFrameTexts()
  const [query, setQuery] = useState('')
  const screens = useScreens()
  const navigate = useNavigate()
  const actions = useActions()
  const users = useUsers(query)
  const matches = (text: string): boolean => text.toLowerCase().includes(query.trim().toLowerCase())
  const shownScreens = screens.filter(({ name }) => matches(name))
  const shownActions = actions.filter(({ label }) => matches(label))
  return (
    <Spotlight.Root
      store={store}
      title={<span className="visually-hidden">{t.header.search}</span>}
      classNames={classes}
      query={query}
      onQueryChange={setQuery}
      scrollable
      maxHeight={420}
      centered={false}
      yOffset="12dvh"
      overlayProps={{ backgroundOpacity: 0.45, blur: 0 }}
      returnFocus
    >
      <Spotlight.Search placeholder={t.palette.placeholder} aria-label={t.header.search} leftSection={<Icon name="search" />} />
      <Spotlight.ActionsList>
        <FirstChosen of={[query, ...users.map(({ id }) => id)].join(' ')} />
        {users.length > 0 && (
          <Spotlight.ActionsGroup label={t.palette.users}>
            {users.map((user) => (
              <Spotlight.Action
                key={user.id}
                label={calledOf(user)}
                description={user.email ?? user.username ?? user.id}
                leftSection={<Icon name="users" />}
                onClick={() => void navigate({ to: `/users/${encodeURIComponent(user.id)}` })}
              />
            ))}
            <Spotlight.Action
              label={t.palette.allUsers(query.trim())}
              leftSection={<Icon name="search" />}
              onClick={() => void navigate({ to: '/users', search: { q: query.trim() } as never })}
            />
          </Spotlight.ActionsGroup>
        )}
        {shownScreens.length > 0 && (
          <Spotlight.ActionsGroup label={t.palette.screens}>
            {shownScreens.map(({ path, name, icon }) => (
              <Spotlight.Action
                key={path}
                label={name}
                leftSection={<Icon name={icon} />}
                onClick={() => void navigate({ to: path })}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {shownActions.length > 0 && (
          <Spotlight.ActionsGroup label={t.palette.actions}>
            {shownActions.map(({ label, icon, run }) => (
              <Spotlight.Action key={label} label={label} leftSection={<Icon name={icon} />} onClick={run} />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {users.length + shownScreens.length + shownActions.length === 0 && <Spotlight.Empty>{t.palette.nothing}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}

/** Results come after the words, and above what was there: until somebody moves, the first of them is the one that Enter opens. */
function FirstChosen({ of }: { of: string }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is first changes with what there is
  useEffect(() => {
    if (store.getState().selected > 0) return
    // The library marks what is chosen in the document itself.
    for (const chosen of document.querySelectorAll('[data-action][data-selected]')) chosen.removeAttribute('data-selected')
    document.querySelector('[data-action]')?.setAttribute('data-selected', 'true')
    store.updateState((state) => ({ ...state, selected: 0 }))
  }, [of])
  return null
}

function useActions() {
  const t = useFrameTexts()
  const { language, choose } = useLanguage()
  const { setColorScheme } = useMantineColorScheme()
  const { may } = useOperator()
  const navigate = useNavigate()
  const screens = useScreens()
  const others = Object.entries(languages).filter(([tag]) => tag !== language)
  return [
    ...screens.flatMap(({ path, add }) =>
      add && may(add.right)
        ? [{ label: add.label[language], icon: 'plus' as const, run: () => void navigate({ to: `${path}/new` }) }]
        : [],
    ),
    ...(['light', 'dark', 'auto'] as const).map((scheme) => ({
      label: `${t.header.colours}: ${t.header[scheme]}`,
      icon: ({ light: 'sun', dark: 'moon', auto: 'auto' } as const)[scheme],
      run: () => setColorScheme(scheme),
    })),
    ...others.map(([tag, name]) => ({
      label: `${t.header.language}: ${name}`,
      icon: 'language' as const,
      run: () => choose(tag as Language),
    })),
    { label: t.header.logout, icon: 'logout' as const, run: () => void logOut() },
  ]
}

/** The first few people that match; nobody before there are two characters. */
function useUsers(query: string) {
  const [q] = useDebouncedValue(query.trim(), 180)
  const { data } = useQuery({
    queryKey: ['users', 'palette', q],
    queryFn: () => api.users.list({ q, limit: 6 }),
    enabled: q.length >= 2,
    staleTime: 10_000,
  })
  return q.length >= 2 && query.trim().length >= 2 ? (data?.users ?? []) : []
}
