import { describe, expect, test } from 'vitest'
import type { Change } from '../../storage/changes.ts'
import { createCoherentCache, type Versioned } from './cache.ts'

/** A database of one session whose readings end when the test says so. */
function tableOf(first: Versioned | undefined) {
  const waiting: ((entry: Versioned | undefined) => void)[] = []
  let row = first
  return {
    write: (next: Versioned | undefined) => {
      row = next
    },
    /** Takes the row as it is now; the answer arrives with `deliver`. */
    load: () => {
      const taken = row
      return new Promise<Versioned | undefined>((resolve) => waiting.push(() => resolve(taken)))
    },
    async deliver(index = 0) {
      waiting.splice(index, 1)[0]?.(undefined)
      await new Promise((resolve) => setImmediate(resolve))
    },
    get readings() {
      return waiting.length
    },
  }
}

const at = (version: number, userVersion = 0): Versioned => ({ userId: 'ada', version, userVersion, bytes: 1 })
const session = (seq: number): Change => ({ kind: 'session', id: 's', seq })
const user = (seq: number, id = 'ada'): Change => ({ kind: 'user', id, seq })

function houseOf(first: Versioned | undefined = at(0)) {
  const table = tableOf(first)
  const bus = { current: true }
  const cache = createCoherentCache(() => bus.current)
  const read = () => cache.read('s', table.load)
  const warm = async () => {
    const reading = read()
    await table.deliver()
    await reading
  }
  return { table, bus, cache, read, warm }
}

describe('every order of a reading and a change', () => {
  test('read, commit, hear: what was remembered is forgotten', async () => {
    const { cache, table, warm } = houseOf()
    await warm()
    table.write(undefined)
    cache.hear([session(1)])
    expect(cache.peek('s')).toBeUndefined()
  })

  test('the row is taken, commit, hear, the reading arrives: nothing is remembered', async () => {
    const { cache, table, read } = houseOf()
    const reading = read()
    table.write(at(1))
    cache.hear([session(1)])
    await table.deliver()
    expect(await reading).toEqual(at(0))
    expect(cache.peek('s')).toBeUndefined()
  })

  test('the row is taken, commit, the reading arrives, hear late: it is remembered until it is heard', async () => {
    const { cache, table, read } = houseOf()
    const reading = read()
    table.write(at(1))
    await table.deliver()
    await reading
    expect(cache.peek('s')).toEqual(at(0))
    cache.hear([session(1)])
    expect(cache.peek('s')).toBeUndefined()
  })

  test('commit, the row is taken, hear, the reading arrives: it already knows the change and is remembered', async () => {
    const { cache, table, read } = houseOf()
    table.write(at(1))
    const reading = read()
    cache.hear([session(1)])
    await table.deliver()
    await reading
    expect(cache.peek('s')).toEqual(at(1))
  })

  test('a late or repeated message of a change that is already known changes nothing', async () => {
    const { cache, warm } = houseOf(at(7))
    await warm()
    cache.hear([session(7), session(3), session(7)])
    expect(cache.peek('s')).toEqual(at(7))
  })

  test('messages in the wrong order end with the newest', async () => {
    const { cache, warm, table } = houseOf(at(1))
    await warm()
    table.write(at(3))
    cache.hear([session(3)])
    cache.hear([session(2)])
    expect(cache.peek('s')).toBeUndefined()
    await warm()
    cache.hear([session(2)])
    expect(cache.peek('s')).toEqual(at(3))
  })

  test('a slow old reading never takes the place of a fast new one', async () => {
    const { cache, table } = houseOf(at(1))
    const slow = cache.readStrict('s', table.load)
    table.write(at(2))
    const fast = cache.readStrict('s', table.load)
    await table.deliver(1)
    await fast
    await table.deliver(0)
    await slow
    expect(cache.peek('s')).toEqual(at(2))
  })

  test('a deleted session that an overtaken reading still saw is not revived', async () => {
    const { cache, table, read } = houseOf(at(4))
    const old = read()
    table.write(undefined)
    cache.hear([session(5)])
    const fresh = read()
    await table.deliver(1)
    expect(await fresh).toBeUndefined()
    await table.deliver(0)
    await old
    expect(cache.peek('s')).toBeUndefined()
  })

  test('a change of the user while their session is read: nothing is remembered', async () => {
    const { cache, table, read } = houseOf(at(1, 4))
    const reading = read()
    cache.hear([user(5)])
    await table.deliver()
    await reading
    expect(cache.peek('s')).toBeUndefined()
  })

  test('a change of another user while a session is read is no reason to forget it', async () => {
    const { cache, table, read } = houseOf(at(1, 4))
    const reading = read()
    cache.hear([user(9, 'bob')])
    await table.deliver()
    await reading
    expect(cache.peek('s')).toEqual(at(1, 4))
  })

  test('a change of the user ends all that is remembered of them and of nobody else', async () => {
    const cache = createCoherentCache<Versioned>(() => true)
    for (const handle of ['a1', 'a2']) await cache.read(handle, async () => at(1, 4))
    await cache.read('b1', async () => ({ ...at(1, 4), userId: 'bob' }))
    cache.hear([user(5)])
    expect([cache.peek('a1'), cache.peek('a2'), cache.peek('b1')?.userId]).toEqual([undefined, undefined, 'bob'])
  })
})

describe('who asks together', () => {
  test('callers at the same moment share one reading', async () => {
    const { table, read } = houseOf()
    const both = [read(), read()]
    expect(table.readings).toBe(1)
    await table.deliver()
    expect(await Promise.all(both)).toEqual([at(0), at(0)])
  })

  test('a caller after a change is not answered from a reading that began before it', async () => {
    const { cache, table, read } = houseOf()
    const before = read()
    table.write(at(1))
    cache.hear([session(1)])
    const after = read()
    expect(table.readings).toBe(2)
    await table.deliver()
    await table.deliver()
    expect([await before, await after]).toEqual([at(0), at(1)])
  })

  test('a strict caller asks alone', async () => {
    const { cache, table, read } = houseOf()
    void read()
    void cache.readStrict('s', table.load)
    expect(table.readings).toBe(2)
    await table.deliver()
    await table.deliver()
  })
})

describe('a feed that is not current', () => {
  test('nothing is served from memory and no reading is shared, and all is as before once it is current', async () => {
    const { bus, cache, table, read, warm } = houseOf()
    await warm()
    bus.current = false
    expect(cache.peek('s')).toBeUndefined()
    void read()
    void read()
    expect(table.readings).toBe(2)
    await table.deliver()
    await table.deliver()
    bus.current = true
    expect(cache.peek('s')).toEqual(at(0))
  })
})

test('memory is bounded, and what was forgotten is read again', async () => {
  const cache = createCoherentCache<Versioned>(() => true, { entries: 2, bytes: 100 })
  for (const handle of ['a', 'b', 'c']) await cache.read(handle, async () => at(1))
  expect([cache.peek('a'), cache.peek('b'), cache.peek('c')]).toEqual([undefined, at(1), at(1)])
  cache.hear([user(1)])
  expect(cache.peek('c')).toBeUndefined()
})

test('memory is bounded by what entries take, not only by their number: large ones make room of older ones, and one too large is not kept', async () => {
  const cache = createCoherentCache<Versioned>(() => true, { entries: 100, bytes: 10 })
  const read = (handle: string, bytes: number) => cache.read(handle, async () => ({ ...at(1), bytes }))
  for (const handle of ['a', 'b', 'c']) await read(handle, 4)
  expect([cache.peek('a'), cache.peek('b')?.bytes, cache.peek('c')?.bytes]).toEqual([undefined, 4, 4])
  expect(await read('b', 11)).toMatchObject({ bytes: 11 })
  await read('d', 11)
  expect([cache.peek('d'), cache.peek('c')?.bytes]).toEqual([undefined, 4])
})

test('a changed copy takes the place of what it was made from, and is forgotten with its user', async () => {
  const cache = createCoherentCache<Versioned>(() => true)
  const known = await cache.read('s', async () => at(1))
  const copy = { ...at(1) }
  if (known) cache.replace('s', known, copy)
  expect(cache.peek('s')).toBe(copy)
  cache.hear([user(1)])
  expect(cache.peek('s')).toBeUndefined()
  cache.replace('s', copy, at(1))
  expect(cache.peek('s')).toBeUndefined()
})
