import type { Built } from '../../src/app/build.ts'
import { keep } from './browser.ts'

/** What a tab shows, or where it is sent. */
export interface Shown {
  readonly status: number
  readonly headers: Headers
  readonly location: string | null
  readonly text: string
}

interface Sending {
  readonly method?: string
  readonly body?: URLSearchParams
  readonly headers?: Readonly<Record<string, string>>
}

/** A tab of a browser that people use pages in. It keeps cookies, fills forms in, and follows no redirect by itself. */
export function tab(house: Built, headers: Readonly<Record<string, string>> = {}) {
  const jar = new Map<string, string>()

  async function send(path: string, init: Sending = {}): Promise<Shown> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const usual = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', cookie, ...headers }
    // An empty value stands for a header that is not sent.
    const sent = Object.entries({ ...usual, ...init.headers }).filter(([, value]) => value !== '')
    const request = new Request(new URL(path, 'https://app.example.com'), { ...init, headers: Object.fromEntries(sent) })
    const response = await house.auth.handle(request, { ip: '192.0.2.1' })
    for (const line of response.headers.getSetCookie()) keep(jar, line)
    await house.background.settled()
    const { status } = response
    return { status, headers: response.headers, location: response.headers.get('location'), text: await response.text() }
  }

  return {
    jar,
    open: (path: string) => send(path),
    /** Fills in the form of the page at `path`, whose hidden fields go along, and sends it. */
    async fill(path: string, fields: Readonly<Record<string, string>>, extra: Readonly<Record<string, string>> = {}) {
      const { text } = await send(path)
      const [, action = path] = /<form method="post" action="([^"]+)">/.exec(text) ?? []
      const hidden = text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)
      const carried = Object.fromEntries([...hidden].map(([, name = '', value = '']) => [name, value]))
      const body = new URLSearchParams({ ...carried, ...fields })
      return send(action, { method: 'POST', body, headers: { origin: 'null', ...extra } })
    },
    /** Fills in that form of the page at `path` which goes to `action`. */
    async press(path: string, action: string, fields: Readonly<Record<string, string>> = {}) {
      const { text } = await send(path)
      const form = text.split(`<form method="post" action="${action}">`)[1]?.split('</form>')[0] ?? ''
      if (form === '') throw new Error(`${path} has no form that goes to ${action}`)
      const hidden = form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)
      const carried = Object.fromEntries([...hidden].map(([, name = '', value = '']) => [name, value]))
      const body = new URLSearchParams({ ...carried, ...fields })
      return send(action, { method: 'POST', body, headers: { origin: 'null' } })
    },
    /** Sends a form nobody has shown. */
    post: (path: string, fields: Readonly<Record<string, string>>, extra: Readonly<Record<string, string>> = {}) =>
      send(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: 'null', ...extra } }),
  }
}
