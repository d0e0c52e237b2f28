import '@mantine/core/styles.layer.css'
import '@mantine/notifications/styles.layer.css'
import '@mantine/spotlight/styles.layer.css'
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
import { LanguageProvider, useFrameTexts } from './messages/use-texts.tsx'
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

const root = document.getElementById('root')
if (root) {
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
