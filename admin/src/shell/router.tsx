import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
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
    createRoute({ getParentRoute: () => root, path: `${screen.path}${rest}`, component: guarded(screen, load) }),
  ),
)

/** A page for those who may see it, in a house that has what it shows. */
function guarded({ right, feature }: Screen, load: LoadPage) {
  const Page = lazy(load)
  return function Guarded() {
    const { may, has } = useOperator()
    if (!may(right)) return <Forbidden />
    if (feature !== undefined && !has(feature)) return <FeatureOff feature={feature} />
    return (
      <Suspense fallback={<PageLoading />}>
        <Page />
      </Suspense>
    )
  }
}

/** Search parameters are texts, as they stand in the address: `?q=123` is not a number. */
export const router = createRouter({
  routeTree: root.addChildren(pages),
  basepath: basePath,
  defaultNotFoundComponent: () => <Missing />,
  defaultErrorComponent: ({ error, reset }) => <Refused page error={error} retry={reset} />,
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch(search) {
    const words = new URLSearchParams(Object.entries(search).filter(([, value]) => typeof value === 'string' && value !== ''))
    return words.size > 0 ? `?${words}` : ''
  },
  scrollRestoration: true,
})
