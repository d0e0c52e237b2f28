import { postgres } from 'keywright/postgres'
import type { Storage } from 'keywright/server'
import { sqlite } from 'keywright/sqlite'
import { type Benchmark, type Contender, compare, type Figure, type Pace, perCoreSecond } from '../benchmark.ts'
import { type Places, withPlaces } from '../databases.ts'
import { check, openAuth, registerWithCookie, registerWithTokens } from '../house.ts'
import { betterAuth } from '../peers.ts'

const atOnce = 16
/** Longer than any run: what the peer remembers in a cookie is never out of date here. */
const cacheSeconds = 3600

/** A session check here and elsewhere. */
export const peers: Benchmark = {
  definition: `Session checks per second of the checking process's processor time, ${atOnce} in flight, \`Headers\` with the cookies its own login has set: \`auth.api.getSession({ headers })\` of better-auth 1.7.4 (bench/peers, own lockfile) as its documentation sets it up, with and without \`session.cookieCache\`, and a warm \`auth.authenticate({ headers })\`, each in a process and on a database of its own, on the same disk or server. What a database server spends counts for nobody. Without its cache better-auth reads two rows a call and so sees a revocation at once; with it, when the cookie is out of date (five minutes by default); ours as "revocation" says.`,
  run: (pace) =>
    withPlaces(async (places) => [
      ...(await onEngine('SQLite', pace, () => freshFile(places), sqlite)),
      ...(await onEngine('PostgreSQL', pace, places.postgres, postgres)),
    ]),
}

let files = 0
const freshFile = async ({ folder }: Places): Promise<string> => `${folder}/${files++}.db`

async function onEngine(
  engine: string,
  pace: Pace,
  fresh: () => Promise<string | undefined>,
  open: (location: string) => Storage,
): Promise<readonly Figure[]> {
  const places = [await fresh(), await fresh(), await fresh()]
  const [own, plain, cached] = places
  if (own === undefined || plain === undefined || cached === undefined) return []
  const [asking, remembering] = [await betterAuth(plain), await betterAuth(cached, cacheSeconds)]
  const auth = await openAuth(open(own))
  const { accessToken } = await registerWithTokens(auth, 'bearer@example.com')
  const cookie = await registerWithCookie(auth, 'cookie@example.com')
  const round = { ms: pace.roundMs / 2, atOnce }
  const unit = 'per core second'
  const names = [`getSession, ${engine}`, `getSession, cookie cache, ${engine}`] as const
  const ours = (how: string, headers: Headers): Contender => ({
    name: `authenticate by ${how}, ${engine}`,
    unit,
    against: names,
    target: { of: 'ratio', atLeast: 50 },
    round: () => perCoreSecond(round.ms, atOnce, check(auth, headers)),
  })
  try {
    return await compare(pace, [
      { name: names[0], unit, round: () => asking.round(round) },
      { name: names[1], unit, round: () => remembering.round(round) },
      ours('cookie', new Headers({ cookie })),
      ours('bearer', new Headers({ authorization: `Bearer ${accessToken}` })),
    ])
  } finally {
    await auth.close()
    await asking.close()
    await remembering.close()
  }
}
