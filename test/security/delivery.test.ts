import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { listeningMailServer } from '../flows/mail-server.ts'
import { startListener, startMailer } from '../second-process.ts'

const outliving = engines.filter(({ name }) => name !== 'sqlite-memory')

describe.each(outliving)('what is owed to a listener with a name on $name', ({ open }) => {
  let engine: OpenedEngine
  let folder: string
  const location = () => engine.location ?? ''
  const file = () => join(folder, 'heard')
  /** Whole lines: the file is there before its first one, and a line may be on its way. */
  const heard = () => (existsSync(file()) ? readFileSync(file(), 'utf8').split('\n').slice(0, -1) : [])

  beforeEach(async () => {
    engine = await open()
    folder = mkdtempSync(join(tmpdir(), 'keywright-'))
    const house = houseOn(storageAt(location()))
    await house.auth.ready()
    await house.auth.close()
  })
  afterEach(async () => {
    await engine.cleanup()
    rmSync(folder, { recursive: true })
  })

  async function outbox(): Promise<readonly string[]> {
    const house = houseOn(storageAt(location()), { infra: { runJobs: false } })
    await house.auth.ready()
    const rows = await house.database
      .everything<{ outbox: { id: string; event: string } }>()
      .selectFrom('outbox')
      .select('id')
      .where('event', '=', 'identity.user.created')
      .orderBy('id')
      .execute()
    await house.auth.close()
    return rows.map(({ id }) => id)
  }

  test('KX-01: kill -9 between the commit and the delivery: another process delivers it, once', async () => {
    const dead = startListener(location(), file(), 'does not work')
    await dead.ready
    await dead.kill()
    expect(heard()).toEqual([])

    const next = startListener(location(), file(), 'hears')
    await next.ready
    await vi.waitUntil(() => heard().length >= 2, { timeout: 20_000 })
    await next.kill()
    expect(heard().toSorted()).toEqual(await outbox())
  })

  test('KX-02: kill -9 between the delivery and its mark: it comes again under the same id, one time more for each kill', async () => {
    const dead = startListener(location(), file(), 'hangs')
    await dead.ready
    await vi.waitUntil(() => heard().length === 1, { timeout: 20_000 })
    await dead.kill()

    const next = startListener(location(), file(), 'hears')
    await next.ready
    await vi.waitUntil(() => heard().length === 2, { timeout: 20_000 })
    next.advance(120_000) // the lease of the dead runs out
    await vi.waitUntil(() => heard().length === 3, { timeout: 20_000 })
    await next.kill()
    const [once, twice] = await outbox()
    expect(heard().toSorted()).toEqual([once, once, twice].toSorted())
  })
})

test.each(outliving)(
  'KX-01, KX-02: a mail on $name outlives kill -9 between its commit and the mail server, and between the mail server and its mark: once more, the same',
  async ({ open }) => {
    const engine = await open()
    const location = engine.location ?? ''
    const taken: string[] = []
    const server = await listeningMailServer({
      onData(stream, _session, done) {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          taken.push(Buffer.concat(chunks).toString().replaceAll('=\r\n', ''))
          if (taken.length > 1) done() // the first one is taken, and nobody is told
        })
      },
    })
    const owes = startMailer(location, server.url, 'owes')
    await owes.ready
    await owes.kill()
    expect(taken).toEqual([])

    const dead = startMailer(location, server.url, 'sends')
    await dead.ready
    await vi.waitUntil(() => taken.length === 1, { timeout: 20_000 })
    await dead.kill()

    const next = startMailer(location, server.url, 'sends')
    await next.ready
    next.advance(200_000) // the lease of the dead runs out
    await vi.waitUntil(() => taken.length === 2, { timeout: 20_000 })
    const house = houseOn(storageAt(location), { infra: { runJobs: false } })
    const waiting = async () => (await house.auth.asSystem('test').jobs.list({})).jobs
    await vi.waitUntil(async () => (await waiting()).length === 0, { timeout: 20_000 })
    await next.kill()
    const ofBoth = (what: RegExp) => new Set(taken.map((source) => what.exec(source)?.[1]))
    expect([ofBoth(/^Message-ID: (\S+)/m).size, ofBoth(/token=(?:3D)?([\w-]{43})/).size, taken.length]).toEqual([1, 1, 2])
    await house.auth.close()
    await server.close()
    await engine.cleanup()
  },
  60_000,
)
