import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { Suspense } from 'react'
import { basePath } from '../data/api.ts'
import { useOperator } from '../data/operator.tsx'
import { PageLoading } from '../parts/page.tsx'
import { FeatureOff, Forbidden, Missing, Refused } from '../parts/states.tsx'
import { screens } from '../screens/index.ts'
import type { LoadPage, Screen } from '../screens/screen.ts'
import { Shell } from './shell.tsx'

const root = createRootRoute({ component: Shell })

const pages = screens.flatMap((screen) =>
  Object.entries(screen.pages).map(([rest, load]) =>
    createRoute({ getParentRoute: () => root, path: `${screen.path}${rest}`, component: guarded(screen, rest, load) }),
  ),
)

/**
 * A page for those who may see it, in a house that has what it shows. It is loaded before the one that is left goes, and when a pointer or the
 * focus comes near a link to it.
 */
function guarded({ right: ofScreen, add, feature }: Screen, rest: string, load: LoadPage) {
  const right = rest === '/new' && add ? add.right : ofScreen
  const Page = lazyRouteComponent(load)
  function Guarded() {
    const { may, has } = useOperator()
    if (!may(right)) return <Forbidden />
    if (feature !== undefined && !has(feature)) return <FeatureOff feature={feature} />
    return (
      <Suspense fallback={<PageLoading />}>
        <Page />
      </Suspense>
    )
  }
  return Object.assign(Guarded, { preload: async () => Page.preload?.() })
}

/** Search parameters are texts, as they stand in the address: `?q=123` is not a number. */
export const router = createRouter({
  routeTree: root.addChildren(pages),
  basepath: basePath,
  defaultPreload: 'intent',
  defaultNotFoundComponent: () => <Missing />,
  defaultErrorComponent: ({ error, reset }) => <Refused page error={error} retry={reset} />,
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch(search) {
    const words = new URLSearchParams(Object.entries(search).filter(([, value]) => typeof value === 'string' && value !== ''))
    return words.size > 0 ? `?${words}` : ''
  },
  scrollRestoration: true,
})
