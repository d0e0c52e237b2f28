/**
 * The one client of the panel, and where it stands.
 *
 * @module
 */
import { createAdminClient } from '../../../src/client.ts'
import { askForLogin } from './relogin.ts'

const meta = (selector: string, attribute: string): string | null =>
  document.querySelector(`meta[${selector}]`)?.getAttribute(attribute) ?? null

/** Where the panel is mounted: the server says so in the page. */
export const basePath = meta('name="keywright-admin"', 'content') ?? '/admin'

/** What styles have to carry to be let in by the content security policy. */
export const styleNonce =
  meta('property="csp-nonce"', 'nonce') || (document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '')

/** Everything an operator can do. A call that finds the session over waits for a new login, and then goes on. */
export const api = createAdminClient({ basePath, onSessionOver: askForLogin })

/** The name of the house, as the server wrote it into the page. */
export const appName = document.title
