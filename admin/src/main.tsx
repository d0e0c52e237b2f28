import './library.css'
import './global.css'
import { MantineProvider } from '@mantine/core'
import { ModalsProvider } from '@mantine/modals'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { isAuthError } from '../../src/client.ts'
import { styleNonce } from './data/api.ts'
import { watchAttention } from './data/attention.ts'
import { pingQuery } from './data/operator.tsx'
import { LanguageProvider, learnFirst, useFrameTexts } from './messages/use-texts.tsx'
import { router } from './shell/router.tsx'
import { theme, variables } from './theme.ts'

// Read by the part that keeps the page from scrolling behind a dialog: its style has to carry the nonce too.
Object.assign(globalThis, { __webpack_nonce__: styleNonce })

/** What the server refused it will refuse again; what did not reach it may. */
const isWorthAnother = (count: number, error: Error): boolean =>
  count < 2 && (!isAuthError(error) || error.code === 'unreachable' || error.code === 'unavailable')

const queries = new QueryClient({ defaultOptions: { queries: { retry: isWorthAnother, staleTime: 5_000 } } })

/** Dialogs whose buttons speak the language in use. */
function Dialogs({ children }: { children: ReactNode }) {
  const { confirm } = useFrameTexts()
  return <ModalsProvider modalProps={{ closeButtonProps: { 'aria-label': confirm.close } }}>{children}</ModalsProvider>
}

/** Whoever waits longer is shown what is there. */
const patienceMs = 1_500

async function start(root: HTMLElement): Promise<void> {
  // React keeps whatever stands in for something else for 300 ms: who works here and the first page are there before anything is drawn.
  const isReady = Promise.all([queries.prefetchQuery(pingQuery), router.load()])
  await Promise.all([learnFirst(), Promise.race([isReady, new Promise((resolve) => setTimeout(resolve, patienceMs))])])
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => styleNonce}>
        <QueryClientProvider client={queries}>
          <LanguageProvider>
            <Dialogs>
              <Notifications position="bottom-right" />
              <RouterProvider router={router} />
            </Dialogs>
          </LanguageProvider>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  )
}

watchAttention()
const root = document.getElementById('root')
if (root) void start(root)
