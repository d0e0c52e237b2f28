import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import type { Auth } from 'keywright'
import { postgres } from 'keywright/postgres'
import { sqlite } from 'keywright/sqlite'
import { type Benchmark, type Contender, compare, perSecond } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'
import { openAuth, registerWithCookie, registerWithTokens } from '../house.ts'

const atOnce = 16
const origin = 'http://127.0.0.1:3000'

/** A session check, and what a stateless check of the same token costs. */
export const authenticate: Benchmark = {
  definition: `Calls of \`auth.authenticate(request)\` that answer "active", per second, ${atOnce} in flight, in process. A bearer is compared with \`jwtVerify\` of jose on the same token, which asks no database and so cannot see a revoked session; a cookie with a bearer on the same engine.`,
  run: (pace) =>
    withPlaces(async ({ folder, postgres: freshPostgres }) => {
      const embedded = await openAuth(sqlite(`${folder}/identity.db`))
      const { accessToken } = await registerWithTokens(embedded, 'token@example.com')
      const verify = await statelessCheck(embedded, accessToken)
      const url = await freshPostgres()
      const shared = url === undefined ? undefined : await openAuth(postgres(url))
      const speed = (work: () => Promise<unknown>) => () => perSecond(pace.roundMs, atOnce, work)
      try {
        return await compare(pace, [
          { name: 'jose.jwtVerify', unit: 'per second', round: speed(verify) },
          ...(await contenders('SQLite', embedded, speed)),
          ...(shared ? await contenders('PostgreSQL', shared, speed) : []),
        ])
      } finally {
        await embedded.close()
        await shared?.close()
      }
    }),
}

async function contenders(
  engine: string,
  auth: Auth,
  speed: (work: () => Promise<unknown>) => Contender['round'],
): Promise<readonly Contender[]> {
  const { accessToken } = await registerWithTokens(auth, 'bearer@example.com')
  const cookie = await registerWithCookie(auth, 'cookie@example.com')
  const check = (headers: Record<string, string>) => async () => {
    const { status } = await auth.authenticate({ method: 'GET', headers })
    if (status !== 'active') throw new Error(`authenticate answered ${status}`)
  }
  const bearer = `bearer, ${engine}`
  return [
    {
      name: bearer,
      unit: 'per second',
      against: 'jose.jwtVerify',
      round: speed(check({ authorization: `Bearer ${accessToken}` })),
    },
    { name: `cookie, ${engine}`, unit: 'per second', against: bearer, round: speed(check({ cookie })) },
  ]
}

/** Signature and registered claims, with the keys in memory. */
async function statelessCheck(auth: Auth, token: string): Promise<() => Promise<unknown>> {
  const keys = createRemoteJWKSet(new URL(`${origin}/.well-known/jwks.json`), {
    [customFetch]: (url: string) => auth.handle(new Request(url)),
  })
  const expected = { issuer: origin, audience: origin, typ: 'at+jwt', algorithms: ['EdDSA'] }
  return () => jwtVerify(token, keys, expected)
}
