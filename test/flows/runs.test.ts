import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { type Device, device } from './browser.ts'
import { houseOn } from './house.ts'

const password = 'correct horse battery'
const script = { authorization: `Bearer ${'k'.repeat(43)}` }

describe.each(engines.filter(({ name }) => name !== 'sqlite-memory'))('work that outlives its request, on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  /** What happens to whoever asked once so many are through, in the transaction of the last of them. */
  let after: { count: number; lose: string; id: string } | undefined
  const system = () => house.auth.asSystem('test')

  beforeEach(async () => {
    engine = await open()
    after = undefined
    const strike = async (_: unknown, tx: { query(sql: TemplateStringsArray, ...values: unknown[]): Promise<unknown> }) => {
      if (!after || --after.count !== 0) return
      if (after.lose === 'role') await tx.query`update user_profile set role = 'support' where id = ${after.id}`
      else await tx.query`update user_state set disabled_at = ${house.ambient.clock.now()} where user_id = ${after.id}`
    }
    house = houseOn(
      engine.storage,
      {
        admin: { secret: 'k'.repeat(43) },
        hooks: { inTransaction: { 'identity.user.disabled': strike, 'identity.user.created': strike } },
        infra: { runJobs: false },
      },
      { jobsAtOnce: true },
    )
    await house.auth.ready()
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  async function admin(email: string): Promise<{ id: string; browser: Device; csrf: Record<string, string> }> {
    const { id } = (await device(house).send('POST', '/auth/register', { email, password })).body.user
    await system().users.setRole({ id, role: 'admin' })
    const browser = device(house)
    await browser.send('POST', '/admin/api/login', { identifier: email, password })
    const { csrfToken } = (await browser.send('GET', '/admin/api/ping')).body
    return { id, browser, csrf: { 'x-csrf-token': csrfToken } }
  }

  const idIn = (body: unknown): string => (body as { id: string }).id

  test.each(['role', 'standing'])('an act on many stops where whoever asked for it has lost their %s', async (lose) => {
    const ada = await admin('ada@example.com')
    const ids: string[] = []
    for (let i = 0; i < 60; i += 1) ids.push((await system().users.create({ identifier: `user-${i}@example.com` })).id)
    after = { count: 20, lose, id: ada.id }
    const wish = { action: 'disable', selector: { ids }, reason: 'spam' }
    const started = await ada.browser.send('POST', '/admin/api/bulk', wish, ada.csrf)
    expect(started.status).toBe(201)
    await house.background.settled()
    const run = await system().bulk.get({ id: idIn(started.body) })
    expect(run).toMatchObject({ state: 'failed', error: 'operator_not_allowed', counts: { done: 50 }, actor: { id: ada.id } })
    const resumed = await device(house).send('POST', `/admin/api/bulk/${run.id}/resume`, undefined, script)
    expect(resumed.status).toBe(200)
    await house.background.settled()
    expect(await system().bulk.get({ id: run.id })).toMatchObject({ state: 'done', error: null, counts: { done: 60 } })
  })

  test('an import stops where whoever runs it may not any more, and whoever goes on with it answers for the rest', async () => {
    const [ada, bob] = [await admin('ada@example.com'), await admin('bob@example.com')]
    const lines = Array.from({ length: 210 }, (_, i) => `user-${i}@example.com`)
    const { id } = await system().imports.stage({ format: 'csv', reason: 'moving day', file: ['email', ...lines, ''].join('\n') })
    after = { count: 100, lose: 'role', id: ada.id }
    const run = (of: typeof ada) => of.browser.send('POST', `/admin/api/imports/${id}/run`, undefined, of.csrf)
    expect((await run(ada)).status).toBe(200)
    await house.background.settled()
    const stopped = {
      state: 'failed',
      error: 'operator_not_allowed',
      counts: { created: 200, ready: 10 },
      actor: { id: ada.id },
    }
    expect(await system().imports.get({ id })).toMatchObject(stopped)
    expect((await run(bob)).status).toBe(200)
    await house.background.settled()
    const done = { state: 'done', error: null, counts: { created: 210, failed: 0 }, actor: { id: bob.id } }
    expect(await system().imports.get({ id })).toMatchObject(done)
  })
})
