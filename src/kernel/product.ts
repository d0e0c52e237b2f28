/**
 * The one place where the product is named; cookies, environment variables, the bin, folders and key prefixes derive from it.
 *
 * @module
 */
const name = 'keywright'

/** Every outward name that carries the product's own. */
export const product = {
  name,
  title: 'Keywright',
  version: '0.1.0',
  envPrefix: `${name.toUpperCase()}_`,
  dataDir: `.${name}`,
  cookiePrefix: `${name}-`,
  errorUrn: `urn:${name}:error:`,
  apiKeyPrefix: 'kw_',
} as const
