import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../../../test/engines.ts'
import { houseOn, storageAt } from '../../../test/flows/house.ts'
import type { AuthEvent } from '../../index.ts'
import { delayAfter } from './kinds.ts'
import type { IQueueAdapter } from './queue.ts'

const hourMs = 3_600_000

/** A promise that is kept from outside. */
function signal() {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give }
}

/** Nodes on one database, whose workers are at work when the test says so. */
async function nodesOn(open: () => Promise<OpenedEngine>) {
  const engine = await open()
  const houses: ReturnType<typeof houseOn>[] = []

  function node(queue?: IQueueAdapter) {
    const storage = houses.length === 0 || engine.location === undefined ? engine.storage : storageAt(engine.location)
    const house = houseOn(storage, { infra: { runJobs: false, ...(queue && { queue }) } }, { jobsAtOnce: true })
    houses.push(house)
    const system = house.auth.asSystem('test')
    return {
      ...house,
      system,
      makeUser: (email: string) => system.users.create({ identifier: email }),
      async work() {
        await house.service('events').dispatch()
        house.service('jobs').worker.poke()
        await house.background.settled()
      },
    }
  }

  async function close() {
    for (const house of houses) await house.auth.close()
    await engine.cleanup()
  }
  return { node, close }
}

describe.each(engines)('work that happens later on $name', ({ open }) => {
  let nodes: Awaited<ReturnType<typeof nodesOn>>
  beforeEach(async () => {
    nodes = await nodesOn(open)
  })
  afterEach(() => nodes.close())

  test('a listener with a name that fails gets the same event again, and keeps it from nobody else', async () => {
    const { auth, advance, work, makeUser, background } = nodes.node()
    const failing: string[] = []
    const heard: string[] = []
    auth.on(
      'identity.user.created',
      ({ id }) => {
        failing.push(id)
        if (failing.length < 3) throw new Error('the warehouse is closed')
      },
      { name: 'warehouse' },
    )
    auth.on('identity.user.*', ({ id }) => void heard.push(id), { name: 'crm' })
    await makeUser('ada@example.com')
    await background.settled()

    expect(failing).toHaveLength(1)
    expect(heard).toEqual(failing)
    await work()
    expect(failing).toHaveLength(1)
    for (let turn = 0; turn < 4; turn += 1) {
      advance(hourMs)
      await work()
    }
    expect(failing).toEqual([failing[0], failing[0], failing[0]])
    expect(heard).toHaveLength(1)
  })

  test('what is given up is seen, stays, and can be tried again', async () => {
    const { auth, advance, work, makeUser, background, system } = nodes.node()
    const shop = { closed: true }
    const heard: AuthEvent[] = []
    auth.on(
      'identity.user.created',
      (event) => {
        if (shop.closed) throw new Error('closed')
        heard.push(event)
      },
      { name: 'warehouse' },
    )
    await makeUser('ada@example.com')
    await background.settled()
    for (let turn = 0; turn < 30; turn += 1) {
      advance(hourMs)
      await work()
    }

    const { jobs } = await system.jobs.list({ state: 'dead' })
    expect(jobs).toMatchObject([{ kind: 'events.deliver', state: 'dead', attempts: 24, dueAt: null, lastError: 'closed' }])
    await expect(system.jobs.redrive({ id: 'nobody' })).rejects.toMatchObject({ code: 'not_found' })
    shop.closed = false
    expect(await system.jobs.redrive({ id: jobs[0]?.id })).toEqual({ redriven: 1 })
    await background.settled()
    expect(heard).toHaveLength(1)
    expect((await system.jobs.list({})).jobs).toEqual([])
  })

  test('an event of a change that was rolled back is nobody’s, and one of a process that has no listener is not lost', async () => {
    const { auth, service, systemCtx, database, work, makeUser } = nodes.node()
    await makeUser('ada@example.com') // nobody listens yet: this one has been handed on to nobody
    await work()
    const heard: string[] = []
    auth.on('identity.user.created', ({ userId }) => void heard.push(userId ?? ''), { name: 'crm' })
    await work()
    expect(heard).toEqual([])

    const ctx = systemCtx('test')
    const lost = database.transaction(ctx, async (tx) => {
      tx.emit('identity.user.created', { userId: 'nobody', data: {} as never })
      throw new Error('no')
    })
    await expect(lost).rejects.toThrow('no')
    await database.transaction({ ...ctx }, async (tx) => {
      await service('jobs').enqueue(tx, { name: 'unknown.kind', payload: undefined as never }, {} as never)
    })
    await work()
    expect(heard).toEqual([])
  })

  test('a second listener of the same name is refused', () => {
    const { auth } = nodes.node()
    auth.on('*', () => {}, { name: 'crm' })
    expect(() => auth.on('identity.user.*', () => {}, { name: 'crm' })).toThrow(/two listeners are called crm/)
  })

  test('a queue of the application that loses a message, or hands it over twice, loses and doubles nothing', async () => {
    const messages: { name: string; payload: Readonly<Record<string, unknown>> }[] = []
    let give: Parameters<IQueueAdapter['registerWorker']>[1] = async () => {}
    const queue: IQueueAdapter = {
      async enqueue(_queue, name, payload) {
        messages.push({ name, payload })
        return `${messages.length}`
      },
      registerWorker(_queue, work) {
        give = work
      },
    }
    const { auth, service, advance, work, makeUser, background } = nodes.node(queue)
    await service('jobs').worker.listen()
    const heard: string[] = []
    auth.on('identity.user.created', ({ id }) => void heard.push(id), { name: 'crm' })
    await makeUser('ada@example.com')
    await background.settled()
    expect(messages).toHaveLength(1)
    advance(hourMs)
    await work()
    expect(messages).toHaveLength(2)
    const [lost, again] = messages
    if (!lost || !again) throw new Error('two messages were counted')
    await give(lost)
    expect(heard).toEqual([])
    await give(again)
    await give(again)
    expect(heard).toHaveLength(1)
    expect(JSON.stringify(messages)).not.toContain('ada@example.com')
  })
})

const shared = engines.filter(({ name }) => name !== 'sqlite-memory')

describe.each(shared)('two nodes on $name', ({ open }) => {
  let nodes: Awaited<ReturnType<typeof nodesOn>>
  beforeEach(async () => {
    nodes = await nodesOn(open)
  })
  afterEach(() => nodes.close())

  test('two nodes share the work: each event is heard once', async () => {
    const heard: string[] = []
    const [first, second] = [nodes.node(), nodes.node()]
    for (const { auth } of [first, second])
      auth.on('identity.user.created', ({ userId }) => void heard.push(userId ?? ''), { name: 'crm' })
    const made = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const { id } = await (index % 2 ? first : second).makeUser(`user-${index}@example.com`)
        return id
      }),
    )
    for (const { work } of [first, second]) await work()

    expect(heard.toSorted()).toEqual(made.toSorted())
  })

  test('whoever took over a job that hung is not disturbed when the first attempt ends after all', async () => {
    const [slow, fast] = [nodes.node(), nodes.node()]
    const [gate, begun] = [signal(), signal()]
    const tries: string[] = []
    slow.auth.on(
      'identity.user.created',
      async () => {
        tries.push('slow')
        begun.give()
        await gate.given
      },
      { name: 'crm' },
    )
    await slow.makeUser('ada@example.com')
    await begun.given
    const failing = { once: true }
    fast.auth.on(
      'identity.user.created',
      () => {
        tries.push('fast')
        if (failing.once) throw new Error('not yet')
      },
      { name: 'crm' },
    )
    await fast.work()
    expect(tries).toEqual(['slow'])
    fast.advance(120_000)
    await fast.work()
    expect(tries).toEqual(['slow', 'fast'])
    gate.give()
    await slow.background.settled()

    failing.once = false
    fast.advance(hourMs)
    await fast.work()
    expect(tries).toEqual(['slow', 'fast', 'fast'])
    expect((await fast.system.jobs.list({})).jobs).toEqual([])
  })
})

test('the delay doubles up to an hour, and is never less than half of it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (attempts, random) => {
      const full = Math.min(hourMs, 5_000 * 2 ** (attempts - 1))
      const delay = delayAfter(attempts, random)
      expect(delay).toBeLessThanOrEqual(full)
      expect(delay).toBeGreaterThanOrEqual(full / 2)
    }),
  )
})
