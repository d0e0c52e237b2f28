import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Database, Storage } from '../../src/storage/types.ts'
import { engines, type OpenedEngine } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'

const callers = 16
const password = 'correct horse battery'
const bearer = { 'x-auth-strategy': 'bearer' }

/** Once armed, holds transactions back until as many callers have read what they are going to write about: the worst order there is. */
function barrierBefore(storage: Storage) {
  let waiting: (() => void)[] = []
  let wanted = 0

  async function pass(): Promise<void> {
    if (wanted === 0) return
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      if (waiting.length < wanted) return
      wanted = 0
      for (const go of waiting.splice(0)) go()
    })
  }
  const held: Storage = {
    ...storage,
    open(setup): Database {
      const database = storage.open(setup)
      return {
        ...database,
        async transaction(ctx, work) {
          await pass()
          return database.transaction(ctx, work)
        },
      }
    },
  }
  return {
    storage: held,
    arm(count: number) {
      waiting = []
      wanted = count
    },
  }
}

describe.each(engines)('every caller has read before any of them writes, on $name', ({ open }) => {
  let engine: OpenedEngine
  let barrier: ReturnType<typeof barrierBefore>
  let house: ReturnType<typeof houseOn>

  beforeEach(async () => {
    engine = await open()
    barrier = barrierBefore(engine.storage)
    house = houseOn(barrier.storage, {}, { hashSlots: callers })
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const atOnce = (send: (caller: number) => ReturnType<ReturnType<typeof device>['send']>) => {
    barrier.arm(callers)
    return Promise.all(Array.from({ length: callers }, (_, caller) => send(caller)))
  }
  const from = (caller: number) => device(house, `198.51.100.${caller + 1}`)

  test('RT-02: refreshes of one token have one successor', async () => {
    const { body } = await from(0).send('POST', '/auth/register', { email: 'ada@example.com', password }, bearer)
    const answers = await atOnce((caller) =>
      from(caller).send('POST', '/auth/refresh', { refreshToken: body.refreshToken }, bearer),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(callers).fill(200))
    expect(new Set(answers.map((answer) => answer.body.refreshToken)).size).toBe(1)
  })

  test('CC-01: registrations of one address make one account', async () => {
    const answers = await atOnce((caller) => from(caller).send('POST', '/auth/register', { email: 'ada@example.com', password }))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(callers - 1).fill(409)])
  })

  test('SES-04: logouts of one session end it once', async () => {
    const { body } = await from(0).send('POST', '/auth/register', { email: 'ada@example.com', password }, bearer)
    const { refreshToken } = body
    const answers = await atOnce((caller) => from(caller).send('POST', '/auth/logout', { refreshToken }))
    expect(answers.map(({ status }) => status)).toEqual(Array(callers).fill(204))
    const { entries } = await house.auth.asSystem('test').audit.list({ action: 'identity.session.revoked' })
    expect(entries).toHaveLength(1)
  })
})
