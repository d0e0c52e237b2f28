/**
 * What two nodes do to one operator at the same moment, and what the audit log says of it afterwards.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { houseOn } from '../flows/house.ts'
import { type ServerProcess, startServer } from '../second-process.ts'
import { insist, openSockets, rounds, type Sockets } from './sockets.ts'

const secret = 'k'.repeat(43)
const script = { authorization: `Bearer ${secret}` }
const perServer = 8
const perSocket = 5

interface Entry {
  readonly id: string
  readonly action: string
  readonly before: { readonly role?: string } | null
  readonly after: { readonly role?: string } | null
}

/** Two nodes write their entries by two clocks, which tell milliseconds: those of one may stand either way. */
const instantOf = ({ id }: Entry) => id.slice(0, 13)

/** Follows a role from entry to entry. @returns the one it ends with @throws Error where an entry does not go on from the one before it */
function following(first: string, entries: readonly Entry[]): string {
  const left = [...entries]
  let role = first
  while (left[0]) {
    const instant = instantOf(left[0])
    const next = left.findIndex((entry) => instantOf(entry) === instant && entry.before?.role === role)
    if (next < 0) throw new Error(`was ${role}, and then the log says ${JSON.stringify(left[0])}`)
    role = left.splice(next, 1)[0]?.after?.role ?? ''
  }
  return role
}

describe.each(engines.filter(({ name }) => name !== 'sqlite-memory'))('two servers and one operator on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  let servers: ServerProcess[] = []
  let sockets: Sockets[] = []

  beforeAll(async () => {
    engine = await open()
    house = houseOn(engine.storage, { admin: { secret }, infra: { runJobs: false } })
    await house.auth.ready()
    servers = await Promise.all([1, 2].map(() => startServer(engine.location ?? '', { admin: { secret } })))
    sockets = await Promise.all(servers.map(({ origin }) => openSockets(origin, perServer)))
  }, 60_000)
  afterAll(async () => {
    for (const open of sockets) open.close()
    await Promise.all(servers.map((server) => server.stop()))
    await house.auth.close()
    await engine.cleanup()
  })

  test('CC-02: of grants and revocations of a role at once the last one holds, and the log has them in the order they happened', async () => {
    const system = house.auth.asSystem('test')
    for (const round of rounds) {
      const { id } = await system.users.create({ identifier: `ada-${round}@example.com` })
      // Half of them grant one role. Whoever takes it names another one each time: what stood before an entry says which one came before it.
      const roleOf = (server: number, caller: number, nr: number) =>
        caller % 2 === 0 ? 'support' : `nobody-${server}-${caller}-${nr}`
      const answers = await Promise.all(
        sockets.flatMap(({ send }, server) =>
          Array.from({ length: perServer }, async (_, caller) => {
            const statuses = []
            for (let nr = 0; nr < perSocket; nr += 1) {
              const role = roleOf(server, caller, nr)
              const { status } = await insist(() => send('PUT', `/admin/api/users/${id}/role`, { role }, script))
              statuses.push(status)
            }
            return statuses
          }),
        ),
      )
      expect(new Set(answers.flat())).toEqual(new Set([200]))
      const { entries } = await system.audit.list({ userId: id, action: 'identity.user.updated', limit: '100' })
      expect(entries).toHaveLength(2 * perServer * perSocket)
      const last = following('user', (entries as readonly Entry[]).toReversed())
      expect((await system.users.get({ id })).role).toBe(last)
    }
  }, 120_000)
})
