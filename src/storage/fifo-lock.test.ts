import { expect, test } from 'vitest'
import { createFifoLock } from './fifo-lock.ts'

test('the lock is given out in the order it was asked for, to one at a time', async () => {
  const lock = createFifoLock(5_000)
  const order: string[] = []
  const work = async (name: string) => {
    const release = await lock.acquire()
    order.push(`${name} in`)
    await Promise.resolve()
    order.push(`${name} out`)
    release()
    release()
  }

  await Promise.all(['a', 'b', 'c'].map(work))

  expect(order).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
})

test('work that waits for itself is refused as unavailable instead of hanging, and those behind it go on', async () => {
  const lock = createFifoLock(20)
  const release = await lock.acquire()

  await expect(lock.acquire()).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
  const behind = lock.acquire()
  release()
  await expect(behind).resolves.toBeTypeOf('function')
})
