import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import type { Auth } from 'keywright'
import { startServer } from 'keywright/server'
import { sqlite } from 'keywright/sqlite'
import { type Benchmark, type Contender, compare, perSecond } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'
import { openAuth, optionsOn, password, post, registerWithCookie } from '../house.ts'
import { freePort } from '../ports.ts'

const people = 8
/** As `defaultParameters` in src/features/password/hashing.ts. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** How much of a login is the hash. */
export const logins: Benchmark = {
  definition: `Logins per second through \`auth.handle\` (POST /auth/login, argon2id with 19 MiB and two passes, a cookie session written to SQLite FULL), ${people} people in flight, each from an address of their own. Compared with bare \`verify\` of @node-rs/argon2, as many at once as the house has slots: one core fewer than the machine when embedded, all of them when standalone.`,
  run: (pace) =>
    withPlaces(async ({ folder }) => {
      const embedded = await openAuth(sqlite(`${folder}/embedded.db`))
      const standalone = await startServer({
        options: optionsOn(sqlite(`${folder}/standalone.db`)),
        port: await freePort(),
        production: true,
        migrate: true,
      })
      const cores = availableParallelism()
      const encoded = await hash(password, parameters)
      const bare = (slots: number): Contender => ({
        name: `argon2 verify, ${slots} at once`,
        unit: 'per second',
        round: () => perSecond(pace.roundMs, slots, () => mustVerify(encoded)),
      })
      const through = async (name: string, auth: Auth, slots: number): Promise<Contender> => ({
        name: `login, ${name}`,
        unit: 'per second',
        against: [bare(slots).name],
        round: await logInRound(auth, pace.roundMs),
      })
      const embeddedSlots = Math.max(1, cores - 1)
      try {
        return await compare(pace, [
          bare(embeddedSlots),
          await through('embedded', embedded, embeddedSlots),
          ...(cores === embeddedSlots ? [] : [bare(cores)]),
          await through('standalone', standalone.auth, cores),
        ])
      } finally {
        await embedded.close()
        await standalone.close()
      }
    }),
}

async function mustVerify(encoded: string): Promise<void> {
  if (!(await verify(encoded, password))) throw new Error('argon2 refused the right password')
}

/** Everybody logs in again as soon as they are in. */
async function logInRound(auth: Auth, ms: number): Promise<Contender['round']> {
  const identifiers = Array.from({ length: people }, (_, index) => `person-${index}@example.com`)
  for (const identifier of identifiers) await registerWithCookie(auth, identifier)
  return () => perSecond(ms, people, (caller) => logIn(auth, identifiers[caller] ?? '', `10.0.0.${caller}`))
}

/** From an address of their own: few hashes of one address may wait in line. */
async function logIn(auth: Auth, identifier: string, ip: string): Promise<void> {
  const response = await post(auth, '/auth/login', { identifier, password }, 200, {}, ip)
  const { status } = (await response.json()) as { status: string }
  if (status !== 'active') throw new Error(`the login answered ${status}`)
}
