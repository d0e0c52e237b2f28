import { expect, test } from 'vitest'
import type { Ctx } from '../../kernel/ctx.ts'
import { createMemory } from './memory.ts'
import type { Stored } from './store.sql.ts'

const ctx = { poolId: 'default', tenantId: 'default', actor: { kind: 'system', id: 'test' }, at: new Date(0) } as const
const change = (seq: number, id = 'default') => [{ kind: 'setting', id, seq }] as const

/** A database whose readings end when the test says so. */
function housed() {
  const table = { now: { version: 0, values: new Map() } as Stored, current: true, readings: 0 }
  const waiting: (() => void)[] = []
  const memory = createMemory<Stored>({
    kind: 'setting',
    isCurrent: () => table.current,
    load() {
      const taken = table.now
      table.readings += 1
      return new Promise((resolve) => waiting.push(() => resolve(taken)))
    },
  })
  /** Reads; what has to be asked for is delivered at once. */
  async function read(as: Ctx = ctx): Promise<number> {
    const reading = memory.read(as)
    waiting.shift()?.()
    return (await reading).version
  }
  const write = (version: number) => {
    table.now = { version, values: new Map() }
  }
  return { table, memory, waiting, read, write }
}

test('what was read is remembered until a newer change is heard: not an older one, not one of another pool or kind', async () => {
  const { table, memory, read, write } = housed()
  write(3)
  expect([await read(), await read(), table.readings]).toEqual([3, 3, 1])
  memory.hear([...change(3), ...change(2), ...change(9, 'other'), { kind: 'user', id: 'default', seq: 9 }])
  expect([await read(), table.readings]).toEqual([3, 1])
  write(4)
  memory.hear(change(4))
  expect([await read(), table.readings]).toEqual([4, 2])
})

test('a reading that a change overtook is answered and not remembered, and an older one never replaces a newer', async () => {
  const { table, memory, waiting, read, write } = housed()
  const overtaken = memory.read(ctx)
  write(1)
  memory.hear(change(1))
  const second = memory.read(ctx)
  waiting[1]?.()
  expect((await second).version).toBe(1)
  waiting[0]?.()
  waiting.length = 0
  expect([(await overtaken).version, await read(), table.readings]).toEqual([0, 1, 2])
})

test('what a transaction reads is for itself alone', async () => {
  const { table, read } = housed()
  const tx = { ...ctx, emit: () => {} }
  expect([await read(tx), await read(tx), await read(), await read(tx), table.readings]).toEqual([0, 0, 0, 0, 3])
})

test('while nobody can tell whether all was heard, each reading asks, and none is remembered', async () => {
  const { table, read, write } = housed()
  await read()
  table.current = false
  write(1)
  expect([await read(), await read(), table.readings]).toEqual([1, 1, 3])
  table.current = true
  expect([await read(), table.readings]).toEqual([0, 3]) // the feed tells what it has missed before it is current again
})
