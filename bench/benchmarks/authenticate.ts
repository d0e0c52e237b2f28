import { generateKeyPairSync } from 'node:crypto'
import { createRemoteJWKSet, customFetch, decodeJwt, decodeProtectedHeader, importPKCS8, jwtVerify, SignJWT } from 'jose'
import type { Auth } from 'keywright'
import { postgres } from 'keywright/postgres'
import { sqlite } from 'keywright/sqlite'
import { type Benchmark, type Contender, compare, metered, type Pace, perCoreSecond } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'
import { check, mustBeActive, openAuth, origin, registerWithCookie, registerWithTokens } from '../house.ts'

const unit = 'per core second'
const jose = 'jose.jwtVerify'

/** A session check: remembered, with a token nobody has seen before, and asked of the database each time. */
export const authenticate: Benchmark = {
  definition:
    'Checks per second of the process\'s processor time, all its threads, in process, one caller who waits for each. "warm" is `auth.authenticate({ headers })` on a ready request whose session is remembered: no statement. "new token" shows another token of a remembered session each time, so that its signature has to be checked; it is compared with `jwtVerify` of jose on the same number of such tokens, which asks no database and so cannot see a revoked session. "strict" is `auth.require(request, { strict: true })` by cookie: one statement each time; the time of a database server is not in it.',
  run: (pace) =>
    withPlaces(async ({ folder, postgres: freshPostgres }) => {
      const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      const embedded = await openAuth(sqlite(`${folder}/identity.db`), { signing: { keys: [pem] } })
      const url = await freshPostgres()
      const shared = url === undefined ? undefined : await openAuth(postgres(url))
      try {
        return await compare(pace, [
          ...(await newTokens(embedded, pem, pace)),
          ...(await warm(embedded, pace)),
          await strict('SQLite', embedded, pace),
          ...(shared ? [await strict('PostgreSQL', shared, pace)] : []),
        ])
      } finally {
        await embedded.close()
        await shared?.close()
      }
    }),
}

async function warm(auth: Auth, { roundMs }: Pace): Promise<readonly Contender[]> {
  const { accessToken } = await registerWithTokens(auth, 'bearer@example.com')
  const cookie = await registerWithCookie(auth, 'cookie@example.com')
  const by = (how: string, headers: Record<string, string>): Contender => ({
    name: `warm, ${how}`,
    unit,
    target: { of: 'value', atLeast: 200_000 },
    round: () => perCoreSecond(roundMs / 2, 1, check(auth, headers)),
  })
  return [by('bearer', { authorization: `Bearer ${accessToken}` }), by('cookie', { cookie })]
}

async function strict(engine: string, auth: Auth, { roundMs }: Pace): Promise<Contender> {
  const headers = { cookie: await registerWithCookie(auth, 'strict@example.com') }
  const work = async () => mustBeActive(await auth.require({ method: 'GET', headers }, { strict: true }))
  return { name: `strict, ${engine}`, unit, round: () => perCoreSecond(roundMs / 2, 1, work) }
}

async function newTokens(auth: Auth, pem: string, { roundMs }: Pace): Promise<readonly Contender[]> {
  const { accessToken } = await registerWithTokens(auth, 'token@example.com')
  const sign = await signerLike(accessToken, pem)
  const stateless = await statelessCheck(auth)
  const each = (work: (token: string) => Promise<unknown>) => async () => {
    const tokens = await Promise.all(Array.from({ length: roundMs }, sign))
    const { coreSeconds } = await metered(async () => {
      for (const token of tokens) await work(token)
    })
    return tokens.length / coreSeconds
  }
  const ours = async (token: string) =>
    mustBeActive(await auth.authenticate({ method: 'GET', headers: { authorization: `Bearer ${token}` } }))
  return [
    { name: jose, unit, round: each(stateless) },
    { name: 'new token', unit, against: [jose], target: { of: 'ratio', atLeast: 0.8 }, round: each(ours) },
  ]
}

/** Makes further tokens of one session, as a refresh would. */
async function signerLike(token: string, pem: string): Promise<() => Promise<string>> {
  const [header, claims, key] = [decodeProtectedHeader(token), decodeJwt(token), await importPKCS8(pem, 'EdDSA')]
  const { alg = '', kid, typ } = header
  let made = 0
  return () =>
    new SignJWT({ ...claims, jti: `${made++}`.padStart(22, '0') })
      .setProtectedHeader({ alg, ...(kid !== undefined && { kid }), ...(typ !== undefined && { typ }) })
      .sign(key)
}

/** Signature and registered claims, with the keys in memory. */
async function statelessCheck(auth: Auth): Promise<(token: string) => Promise<unknown>> {
  const keys = createRemoteJWKSet(new URL(`${origin}/.well-known/jwks.json`), {
    [customFetch]: (url: string) => auth.handle(new Request(url)),
  })
  const expected = { issuer: origin, audience: origin, typ: 'at+jwt', algorithms: ['EdDSA'] }
  return (token) => jwtVerify(token, keys, expected)
}
