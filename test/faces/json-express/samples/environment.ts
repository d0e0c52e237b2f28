/**
 * The `.env` files that are documented, as they stand there.
 *
 * @module
 */

export const minimal = `jex.auth.secret=a-strong-32-byte-secret
jex.auth.exclude=/auth`

/** Every key of the documented table, with its default where it has one. */
export const full = `jex.auth.secret=a-strong-32-byte-secret
jex.auth.tokenTtl=1h
jex.auth.refreshTtl=30d
jex.auth.verifyTtl=24h
jex.auth.resetTtl=30m
jex.auth.issuer=https://id.example.com
jex.auth.audience=https://api.example.com
jex.auth.allowRegistration=true
jex.auth.defaultRole=user
jex.auth.requireVerifiedEmail=false
jex.auth.minPasswordLength=8
jex.auth.email.appName=JSON Express
jex.auth.email.verifyUrl=http://localhost:3000/auth/verify
jex.auth.email.resetUrl=http://localhost:3000/auth/password/reset
jex.auth.email.from=no-reply@localhost`

/** What a provider reads of such a file. */
export const parsed = (file: string): Record<string, string> =>
  Object.fromEntries(file.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
