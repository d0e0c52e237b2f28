import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines } from '../../../test/engines.ts'
import { nodesOn, signal } from '../../../test/flows/nodes.ts'
import type { AuthEvent } from '../../index.ts'
import { delayAfter } from './kinds.ts'

const hourMs = 3_600_000

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

  test('what is given up is seen, stays, and can be tried again or thrown away; what is not given up is neither', async () => {
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
    await makeUser('grace@example.com')
    await background.settled()

    const { jobs } = await system.jobs.list({ state: 'dead' })
    expect(jobs).toMatchObject([{ kind: 'events.deliver', state: 'dead', attempts: 24, dueAt: null, lastError: 'closed' }])
    const { jobs: waiting } = await system.jobs.list({ state: 'waiting', kind: 'events.deliver' })
    expect(waiting).toMatchObject([{ state: 'waiting', attempts: 1 }])
    const id = waiting[0]?.id ?? ''
    const one = { count: 1, exact: true }
    const none = { count: 0, exact: true }
    expect((await system.jobs.counts()).counts.find(({ kind }) => kind === 'events.deliver')).toEqual({
      kind: 'events.deliver',
      due: none,
      running: none,
      waiting: one,
      dead: one,
    })
    await expect(system.jobs.drop({ id })).rejects.toMatchObject({ code: 'not_found' })
    for (let turn = 0; turn < 30; turn += 1) {
      advance(hourMs)
      expect((await system.jobs.get({ id })).state).toMatch(/due|dead/)
      await work()
    }
    await system.jobs.drop({ id })
    await expect(system.jobs.get({ id })).rejects.toMatchObject({ code: 'not_found' })
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

  test('an event for a listener that this process does not have waits for one that has it', async () => {
    const { auth, advance, work, makeUser, background, system } = nodes.node()
    const stop = auth.on('identity.user.created', () => Promise.reject(new Error('not yet')), { name: 'crm' })
    await makeUser('ada@example.com')
    await background.settled()
    stop()
    advance(hourMs)
    await work()
    expect((await system.jobs.list({})).jobs).toMatchObject([{ state: 'waiting', attempts: 2 }])

    const heard: string[] = []
    auth.on('identity.user.created', ({ id }) => void heard.push(id), { name: 'crm' })
    advance(hourMs)
    await work()
    expect(heard).toHaveLength(1)
  })

  test('a second listener of the same name is refused', () => {
    const { auth } = nodes.node()
    auth.on('*', () => {}, { name: 'crm' })
    expect(() => auth.on('identity.user.*', () => {}, { name: 'crm' })).toThrow(/two listeners are called crm/)
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

/** With a clock of its own, which the nodes' clocks are held against. */
const withClock = engines.filter(({ name }) => name === 'postgres')

describe.each(withClock)('leases on $name', ({ open }) => {
  let nodes: Awaited<ReturnType<typeof nodesOn>>
  beforeEach(async () => {
    nodes = await nodesOn(open, new Date().toISOString())
  })
  afterEach(() => nodes.close())

  test('a node whose clock is ahead does not take over what another is at', async () => {
    const [gate, begun] = [signal(), signal()]
    const [punctual, ahead] = [nodes.node(), nodes.node()]
    const tries: string[] = []
    const slow = () => {
      tries.push('punctual')
      begun.give()
      return gate.given
    }
    punctual.auth.on('identity.user.created', slow, { name: 'crm' })
    ahead.auth.on('identity.user.created', () => void tries.push('ahead'), { name: 'crm' })
    await punctual.makeUser('ada@example.com')
    await begun.given
    ahead.jump(10 * 60_000)
    await ahead.work()
    gate.give()
    await punctual.background.settled()
    expect(tries).toEqual(['punctual'])
  })
})

describe.each(shared)('work that ends its process on $name', ({ open }) => {
  test('is given up after as many attempts as any other', async () => {
    const nodes = await nodesOn(open)
    const [gate, begun] = [signal(), [] as string[]]
    const all = Array.from({ length: 4 }, () => {
      const node = nodes.node()
      const hanging = ({ id }: AuthEvent) => {
        begun.push(id)
        return gate.given
      }
      node.auth.on('identity.user.created', hanging, { name: 'crm' })
      return node
    })
    const [first, , , last] = all
    if (!first || !last) throw new Error('four nodes were made')
    await first.makeUser('ada@example.com')
    for (let turn = 1; turn <= 24; turn += 1) {
      await expect.poll(() => begun.length).toBe(turn)
      for (const { advance } of all) advance(120_000) // the attempt has ended nowhere, and its lease runs out
      all[Math.floor(turn / 8)]?.service('jobs').worker.poke()
    }
    await last.background.settled()

    const { jobs } = await last.system.jobs.list({ state: 'dead' })
    expect(jobs).toMatchObject([{ kind: 'events.deliver', lastError: 'no attempt came to an end' }])
    expect(begun).toHaveLength(24)
    gate.give()
    await nodes.close()
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
