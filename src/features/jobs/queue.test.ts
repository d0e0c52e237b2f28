import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines } from '../../../test/engines.ts'
import { nodesOn, signal } from '../../../test/flows/nodes.ts'
import type { IQueueAdapter } from './queue.ts'

const hourMs = 3_600_000

/** A queue that hands over what the test gives it. */
function heldQueue() {
  const messages: { name: string; payload: Readonly<Record<string, unknown>> }[] = []
  let work: Parameters<IQueueAdapter['registerWorker']>[1] = async () => {}
  const queue: IQueueAdapter = {
    async enqueue(_queue, name, payload) {
      messages.push({ name, payload })
      return `${messages.length}`
    },
    registerWorker(_queue, registered) {
      work = registered
    },
  }
  const at = (index: number) => {
    const message = messages[index]
    if (!message) throw new Error(`there is no message ${index}`)
    return message
  }
  return { queue, messages, give: (index: number) => work(at(index)) }
}

describe.each(engines)('a queue of the application on $name', ({ open }) => {
  let nodes: Awaited<ReturnType<typeof nodesOn>>
  beforeEach(async () => {
    nodes = await nodesOn(open)
  })
  afterEach(() => nodes.close())

  test('that loses a message, or hands it over twice, loses and doubles nothing', async () => {
    const { queue, messages, give } = heldQueue()
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
    await give(0)
    expect(heard).toEqual([])
    await Promise.all([give(1), give(1)])
    await give(1)
    expect(heard).toHaveLength(1)
    expect(JSON.stringify(messages)).not.toContain('ada@example.com')
  })

  test('may let a message wait: the attempt has the whole of its time, and does not count before it begins', async () => {
    const { queue, messages, give } = heldQueue()
    const { auth, service, advance, makeUser, background, system } = nodes.node(queue)
    await service('jobs').worker.listen()
    const [gate, begun] = [signal(), signal()]
    const hanging = () => {
      begun.give()
      return gate.given
    }
    auth.on('identity.user.created', hanging, { name: 'crm' })
    await makeUser('ada@example.com')
    await background.settled()
    expect((await system.jobs.list({})).jobs).toMatchObject([{ attempts: 0 }])
    advance(295_000)
    const given = give(0)
    await begun.given
    advance(70_000)
    service('jobs').worker.poke()
    gate.give()
    await given
    await background.settled()
    expect(messages).toHaveLength(1)
    expect((await system.jobs.list({})).jobs).toEqual([])
  })

  test('is not asked for more once the process is about to end, which waits for what has begun', async () => {
    const { queue, give } = heldQueue()
    const { auth, service, makeUser, background } = nodes.node(queue)
    await service('jobs').worker.listen()
    const [gate, begun] = [signal(), signal()]
    const heard: string[] = []
    const hanging = async () => {
      begun.give()
      await gate.given
      heard.push('created')
    }
    auth.on('identity.user.created', hanging, { name: 'crm' })
    await makeUser('ada@example.com')
    await background.settled()
    const given = give(0)
    await begun.given
    const closed = auth.close()
    await expect
      .poll(() =>
        give(0).then(
          () => 'taken',
          (error: Error) => error.message,
        ),
      )
      .toMatch(/about to end/)
    gate.give()
    await closed
    await given
    expect(heard).toEqual(['created'])
  })
})
