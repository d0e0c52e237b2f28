/**
 * Where the link of a mail leads when it is this server: a page that shows what is about to happen, and does it when somebody asks for it.
 *
 * Invariant: looking spends nothing, for mail scanners look at every link; and nothing of the address becomes part of the page, the script alone
 * reads the token. The kernel reads no forms, so the page needs a script; the policy allows this one and no other.
 *
 * @module
 */
import { basePath } from './house.ts'
import type { RouteDefinition } from './kernel.ts'
import type { World } from './world.ts'

interface MailPage {
  /** Of the page, and of the route it posts to. */
  readonly path: string
  readonly title: string
  readonly button: string
  readonly done: string
  /** What people type there. */
  readonly field?: string
}

const resetPassword: MailPage = {
  path: `${basePath}/password/reset`,
  title: 'Choose a new password',
  button: 'Set the password',
  done: 'The password is set. Log in with it.',
  field: `<label for="newPassword">New password</label>
<input id="newPassword" name="newPassword" type="password" autocomplete="new-password" required>`,
}

const forgotPassword: MailPage = {
  path: `${basePath}/password/forgot`,
  title: 'Forgotten your password?',
  button: 'Send the mail',
  done: 'If there is an account with this address, a mail is on its way.',
  field: `<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="email" required>`,
}

const verifyEmail: MailPage = {
  path: `${basePath}/verify`,
  title: 'Confirm your address',
  button: 'Confirm',
  done: 'The address is confirmed.',
}

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem}
input,button{font:inherit;box-sizing:border-box;width:100%;padding:.6rem;margin:.4rem 0}`

const script = `const form = document.querySelector('form'), said = document.querySelector('[role=status]')
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const token = new URLSearchParams(location.search).get('token')
  const body = JSON.stringify({ ...(token && { token }), ...Object.fromEntries(new FormData(form)) })
  const headers = { 'content-type': 'application/json' }
  try {
    const answer = await fetch(location.pathname, { method: 'POST', headers, body, credentials: 'omit' })
    const { ok, error } = await answer.json()
    form.hidden = ok === true
    said.textContent = ok ? form.dataset.done : error
  } catch {
    said.textContent = 'The server cannot be reached. Try again in a moment.'
  }
})`

const render = ({ title, button, done, field = '' }: MailPage, nonce: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style nonce="${nonce}">${style}</style></head>
<body><main><h1>${title}</h1>
<form data-done="${done}">${field}<button>${button}</button></form>
<p role="status"></p><noscript>This page needs a script.</noscript></main>
<script nonce="${nonce}">${script}</script></body>
</html>
`

/** The pages of one plugin. */
export const pagesOf = ({ randomToken }: Pick<World, 'randomToken'>): readonly RouteDefinition[] =>
  [resetPassword, forgotPassword, verifyEmail].map((page) => ({
    method: 'GET',
    path: page.path,
    async handler() {
      const nonce = randomToken(16)
      const allowed = `script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'`
      return {
        statusCode: 200,
        headers: {
          'Content-Type': 'text/html',
          'Cache-Control': 'no-store',
          'Referrer-Policy': 'no-referrer',
          'X-Content-Type-Options': 'nosniff',
          'Content-Security-Policy': `default-src 'none'; ${allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        },
        body: render(page, nonce),
      }
    },
  }))
