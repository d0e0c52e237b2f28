/**
 * How much memory a limiter in memory holds after a million keys. Needs `--expose-gc`; prints bytes. Started by the security lane.
 *
 * @module
 */
import { memoryLimitStore } from '../../src/kernel/http/limits.ts'

const collect = globalThis.gc
if (!collect) throw new Error('start with --expose-gc')
const held = () => {
  collect()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

const at = new Date()
const before = held()
const store = memoryLimitStore()
for (let key = 0; key < 1_000_000; key += 1) await store.take(String(key).padStart(43, 'k'), { limit: 10, per: 60_000 }, at)
const after = held()
// Still in use, so not collected above.
const { allowed } = await store.take('one more', { limit: 10, per: 60_000 }, at)
process.stdout.write(JSON.stringify({ bytes: after - before, allowed }))
