/** Answers a request in process. */
type Handle = (request: Request) => Promise<Response>

/**
 * A `fetch` that behaves as one browser on the application's own pages: it keeps cookies and says where requests come from.
 *
 * Only what our own cookies use is honoured: names, values and `Max-Age=0`.
 */
export function browserFetch(handle: Handle): typeof fetch {
  const jar = new Map<string, string>()

  return async (input, init) => {
    const request = new Request(input, init)
    const keepsCookies = request.credentials !== 'omit'
    const headers = new Headers(request.headers)
    headers.set('sec-fetch-site', 'same-origin')
    if (keepsCookies && jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await handle(new Request(request, { headers }))
    if (keepsCookies) for (const line of response.headers.getSetCookie()) keep(line)
    return response
  }

  function keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const split = pair.indexOf('=')
    const name = pair.slice(0, split)
    if (attributes.some((attribute) => attribute.toLowerCase() === 'max-age=0')) jar.delete(name)
    else jar.set(name, pair.slice(split + 1))
  }
}
