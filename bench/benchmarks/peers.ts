import { postgres } from 'keywright/postgres'
import type { Storage } from 'keywright/server'
import { sqlite } from 'keywright/sqlite'
import { type Benchmark, type Contender, compare, type Figure, type Pace, perCoreSecond } from '../benchmark.ts'
import { type Places, withPlaces } from '../databases.ts'
import { check, openAuth, origin, registerWithCookie, registerWithTokens, secret } from '../house.ts'
import { betterAuth } from '../peers.ts'

const atOnce = 16
/** Longer than any run: what the peer remembers in a cookie is never out of date here. */
const cacheSeconds = 3600

/** A session check here and elsewhere. */
export const peers: Benchmark = {
  definition: `Session checks per second of the checking process's processor time, in process, ${atOnce} in flight, \`Headers\` with the cookies its own login has set: \`auth.api.getSession({ headers })\` of better-auth 1.7.4 (own lockfile in bench/peers) as its documentation sets it up, with and without \`session.cookieCache\`, and a warm \`auth.authenticate({ headers })\`, on databases of their own on the same server or disk. The time a database server spends counts for nobody. Without its cache better-auth reads two rows a call, and so sees a revocation at once; with it, once the cookie is out of date; ours within the bounds under "revocation", at once on the node that answered.`,
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
  const { openPeer } = await betterAuth()
  const [asking, remembering] = [
    await openPeer({ location: plain, origin, secret }),
    await openPeer({ location: cached, origin, secret, cacheSeconds }),
  ]
  const auth = await openAuth(open(own))
  const { accessToken } = await registerWithTokens(auth, 'bearer@example.com')
  const cookie = await registerWithCookie(auth, 'cookie@example.com')
  const speed = (work: () => Promise<unknown>) => () => perCoreSecond(pace.roundMs / 2, atOnce, work)
  const unit = 'per core second'
  const against = [`getSession, ${engine}`, `getSession, cookie cache, ${engine}`]
  const peer = (name: string, { getSession, cookie }: typeof asking): Contender => {
    const headers = new Headers({ cookie })
    return { name, unit, round: speed(async () => mustBeSomebody(await getSession(headers))) }
  }
  const ours = (how: string, headers: Headers): Contender => ({
    name: `authenticate by ${how}, ${engine}`,
    unit,
    against,
    target: { of: 'ratio', atLeast: 50 },
    round: speed(check(auth, headers)),
  })
  try {
    return await compare(pace, [
      peer(`getSession, ${engine}`, asking),
      peer(`getSession, cookie cache, ${engine}`, remembering),
      ours('cookie', new Headers({ cookie })),
      ours('bearer', new Headers({ authorization: `Bearer ${accessToken}` })),
    ])
  } finally {
    await auth.close()
    await asking.close()
    await remembering.close()
  }
}

function mustBeSomebody(session: unknown): void {
  if (session === null) throw new Error('getSession answered nobody')
}
