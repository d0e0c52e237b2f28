/**
 * The identity system that is measured, with people in it.
 *
 * @module
 */
import { type Auth, type AuthOptions, createAuth } from 'keywright'
import { openHouse, type Storage } from 'keywright/server'

export const password = 'violet harbour lamp 42'
export const secret = 'a secret of benchmarks, known to everybody who reads this'
export const origin = 'http://127.0.0.1:3000'

/** Options as a production house has them, behind a proxy on this machine, but without the limits that would refuse a load from one address. */
export const optionsOn = (storage: Storage): AuthOptions => ({
  baseUrl: origin,
  secret,
  storage,
  http: { limits: false, trustProxy: ['127.0.0.1'] },
})

/** An embedded house on a fresh database. */
export async function openAuth(storage: Storage, own: Partial<AuthOptions> = {}): Promise<Auth> {
  const options = { ...optionsOn(storage), ...own }
  const house = openHouse({ options })
  await house.schema.up()
  await house.close()
  const auth = createAuth(options)
  await auth.ready()
  return auth
}

/** Posts JSON in process, as the socket's peer would. @throws Error unless the answer has the status that is expected */
export async function post(
  auth: Auth,
  path: string,
  body: object,
  expected: number,
  headers: Readonly<Record<string, string>> = {},
  ip = '127.0.0.1',
): Promise<Response> {
  const request = new Request(origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const response = await auth.handle(request, { ip })
  if (![expected].flat().includes(response.status))
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return response
}

/** What a device holds that shows tokens. */
export interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
}

/** Registers somebody on a device that shows tokens. */
export async function registerWithTokens(auth: Auth, identifier: string): Promise<TokenPair> {
  const response = await post(auth, '/auth/register', { identifier, password }, 201, { 'x-auth-strategy': 'bearer' })
  return (await response.json()) as TokenPair
}

/** Registers somebody in a browser. @returns the `Cookie` header of the browser's next requests */
export async function registerWithCookie(auth: Auth, identifier: string): Promise<string> {
  const response = await post(auth, '/auth/register', { identifier, password }, 201)
  const pairs = response.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '')
  return pairs.filter((pair) => !pair.endsWith('=')).join('; ')
}

/** A check of one ready request, which has to find somebody. */
export const check = (auth: Auth, headers: Headers | Readonly<Record<string, string>>) => {
  const request = { method: 'GET', headers }
  return async (): Promise<void> => mustBeActive(await auth.authenticate(request))
}

/** @throws Error for anybody who is not logged in */
export function mustBeActive({ status }: { readonly status: string }): void {
  if (status !== 'active') throw new Error(`authenticate answered ${status}`)
}

/** Whether a request is let in now. @throws Error when that cannot be known */
export async function isIn(auth: Auth, headers: Readonly<Record<string, string>>): Promise<boolean> {
  const { status } = await auth.authenticate({ method: 'GET', headers })
  if (status === 'unavailable') throw new Error('authenticate answered unavailable')
  return status === 'active'
}
