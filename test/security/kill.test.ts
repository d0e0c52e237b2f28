import { randomInt } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { runLoad } from '../faults/people.ts'
import { checkPromises } from '../faults/promises.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { type ServerProcess, startServer } from '../second-process.ts'
import { openSockets, rounds, type Sockets } from './sockets.ts'

const outliving = engines.filter(({ name }) => name !== 'sqlite-memory')
const password = 'correct horse battery'
const bearer = { 'x-auth-strategy': 'bearer' }

describe.each(outliving)('kill -9 on $name', ({ open }) => {
  let engine: OpenedEngine
  let server: ServerProcess
  let sockets: Sockets

  async function start() {
    server = await startServer(engine.location ?? '', { http: { trustProxy: ['127.0.0.1'] } })
    sockets = await openSockets(server.origin, 8)
  }
  async function kill() {
    await server.kill()
    sockets.close()
  }
  beforeEach(async () => {
    engine = await open()
    const house = houseOn(storageAt(engine.location ?? ''))
    await house.auth.ready()
    await house.auth.close()
    await start()
  })
  afterEach(async () => {
    sockets.close()
    await server.stop()
    await engine.cleanup()
  })

  const refresh = (refreshToken: string) => sockets.send('POST', '/auth/refresh', { refreshToken }, bearer)

  test('RT-04: between rotation and reuse: the old token is refused after the restart, and its family ends', async () => {
    const { body } = await sockets.send('POST', '/auth/register', { email: 'ada@example.com', password }, bearer)
    const next = await refresh(body.refreshToken)
    await kill()
    await start()
    await server.advance(30_001)
    expect(await refresh(body.refreshToken)).toMatchObject({ status: 401, body: { code: 'refresh_rejected' } })
    expect((await refresh(next.body.refreshToken)).status).toBe(401)
    const authorization = `Bearer ${next.body.accessToken}`
    const me = await sockets.send('GET', '/auth/me', undefined, { authorization })
    expect(me).toMatchObject({ status: 401, body: { code: 'session_revoked' } })
  })

  test('RT-04: a start-up time is no reason to forget: within 30 s of the rotation a retry gets the identical child', async () => {
    const { body } = await sockets.send('POST', '/auth/register', { email: 'ada@example.com', password }, bearer)
    const next = await refresh(body.refreshToken)
    await kill()
    await start()
    await server.advance(29_999)
    const retried = await refresh(body.refreshToken)
    expect([retried.status, retried.body.refreshToken]).toEqual([200, next.body.refreshToken])
  })

  test('at a random moment of mixed load: everything that was answered 2xx is there after the restart', async () => {
    const kills = rounds.length > 3 ? rounds.length : 5
    for (let round = 0; round < kills; round += 1) {
      let left = randomInt(20, 120)
      let killed: Promise<void> | undefined
      const answered = () => {
        left -= 1
        if (left === 0) killed = kill()
      }
      const { people, broken } = await runLoad(sockets, { clients: 8, name: `round-${round}`, answered })
      await killed
      await start()
      const checked = await checkPromises(sockets, people)
      expect([...broken, ...checked.broken]).toEqual([])
      expect(checked.users).toBeGreaterThan(0)
    }
    await expectWholeUsers(engine.location ?? '')
  }, 120_000)
})

/** One user, one audit row, one outbox row: what one transaction wrote is there together or not at all. */
async function expectWholeUsers(location: string): Promise<void> {
  const house = houseOn(storageAt(location))
  await house.auth.ready()
  const db = house.database.everything<{
    user_profile: { id: string }
    audit_entry: { action: string; user_id: string }
    outbox: { event: string; user_id: string }
  }>()
  const users = await db.selectFrom('user_profile').select('id').execute()
  const audited = await db.selectFrom('audit_entry').select('user_id').where('action', '=', 'identity.user.created').execute()
  const told = await db.selectFrom('outbox').select('user_id').where('event', '=', 'identity.user.created').execute()
  await house.auth.close()
  const ids = users.map(({ id }) => id).sort()
  expect(audited.map(({ user_id }) => user_id).sort()).toEqual(ids)
  expect(told.map(({ user_id }) => user_id).sort()).toEqual(ids)
}
