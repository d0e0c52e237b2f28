import type { Built } from '../../src/app/build.ts'

/** One browser or device: a cookie jar in front of `handle`. */
export interface Device {
  readonly jar: Map<string, string>
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Answer; text: string; headers: Headers }>
}

/** What answers of the flows have in common; absent fields are `undefined`. */
export interface Answer {
  readonly status: string
  readonly code: string
  /** Of the user, where the answer is one. */
  readonly email: string
  readonly user: { readonly id: string; readonly email: string; readonly role: string }
  readonly accessToken: string
  readonly refreshToken: string
  readonly loginToken: string
  readonly methods: readonly string[]
  readonly csrfToken: string
  readonly revoked: number
  readonly sessions: readonly { readonly sessionHandle: string; readonly current: boolean; readonly device: string }[]
}

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** A device that talks to the house as a same-origin page would. */
export function device(house: Built, ip = '192.0.2.1'): Device {
  const jar = new Map<string, string>()
  return {
    jar,
    async send(method, path, body, headers = {}) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const given = {
        'user-agent': firefox,
        'sec-fetch-site': 'same-origin',
        ...(cookie !== '' && { cookie }),
        ...(body !== undefined && {
          'content-type': body instanceof URLSearchParams ? 'application/x-www-form-urlencoded' : 'application/json',
        }),
        ...headers,
      }
      const request = new Request(`https://app.example.com${path}`, {
        method,
        // An empty value stands for a header that is not sent.
        headers: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
        ...(body !== undefined && { body: body instanceof URLSearchParams ? String(body) : JSON.stringify(body) }),
      })
      const response = await house.auth.handle(request, { ip })
      for (const line of response.headers.getSetCookie()) keep(jar, line)
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.includes('json')
      return {
        status: response.status,
        body: (isJson ? JSON.parse(text || '{}') : {}) as Answer,
        text,
        headers: response.headers,
      }
    },
  }
}

/** What a browser does with one `Set-Cookie` line. */
export function keep(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split('; ')
  const name = pair.slice(0, pair.indexOf('='))
  if (attributes.includes('Max-Age=0')) jar.delete(name)
  else jar.set(name, pair.slice(pair.indexOf('=') + 1))
}
