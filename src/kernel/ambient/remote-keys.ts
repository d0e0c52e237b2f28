/**
 * The public keys of an issuer (RFC 7517), read from where it publishes them, and kept.
 *
 * Invariant: while an issuer answers, a key it took back is used for ten minutes at most. While it does not, what it said last holds for a day.
 * With keys in hand it is asked at most once a minute, whatever key ids arrive; without, every five seconds.
 *
 * @module
 */
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import { JWKSNoMatchingKey } from 'jose/errors'
import { createLocalJWKSet } from 'jose/jwks/local'
import type { Clock } from './ambient.ts'

/** How long keys are used unasked. */
const keepMs = 600_000
/** How long they are used when nobody can be asked. */
const holdMs = 86_400_000
/** How soon the issuer is asked again, with keys in hand and without. */
const cooldownMs = 60_000
const retryMs = 5_000
const timeoutMs = 5_000

/**
 * Finds the key a token names. Nothing is read before the first.
 *
 * @returns a function that rejects with an error of `jose` for what the token is to blame for, and with another where no keys can be had
 */
export function remoteKeys(url: string, { monotonicMs }: Pick<Clock, 'monotonicMs'>): JWTVerifyGetKey {
  let known: { readonly find: JWTVerifyGetKey; readonly atMs: number } | undefined
  let failure: Error | undefined
  let reading: Promise<void> | undefined
  let nextMs = Number.NEGATIVE_INFINITY

  const ageMs = () => (known ? monotonicMs() - known.atMs : Number.POSITIVE_INFINITY)

  async function read(): Promise<void> {
    try {
      known = { find: createLocalJWKSet(await fetchKeys(url)), atMs: monotonicMs() }
      failure = undefined
    } catch (cause) {
      failure = new Error(`the keys at ${url} cannot be read`, { cause })
    }
    nextMs = monotonicMs() + (ageMs() < holdMs ? cooldownMs : retryMs)
    reading = undefined
  }

  /** Asks if it is time to; never rejects. */
  async function renew(): Promise<void> {
    if (monotonicMs() >= nextMs) reading ??= read()
    await reading
  }

  return async (header, token) => {
    if (ageMs() >= keepMs) {
      const renewed = renew()
      // An issuer that hangs would hold up every caller each minute: after one failure nobody waits who has keys.
      if (!failure || ageMs() >= holdMs) await renewed
    }
    if (!known || ageMs() >= holdMs) throw failure
    try {
      return await known.find(header, token)
    } catch (error) {
      if (!(error instanceof JWKSNoMatchingKey)) throw error
    }
    await renew()
    // A key we do not know may be newer than what we know.
    if (failure) throw failure
    return known.find(header, token)
  }
}

async function fetchKeys(url: string): Promise<JSONWebKeySet> {
  const headers = { accept: 'application/json, application/jwk-set+json' }
  const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
  if (response.status !== 200) throw new Error(`it answered ${response.status}`)
  return (await response.json()) as JSONWebKeySet
}
