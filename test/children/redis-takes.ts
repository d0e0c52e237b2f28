/**
 * A second process that takes from a limit in Redis: says `ready`, waits for a line on its standard input, takes 100 times at once, and prints
 * how many passed. Started by `test/second-process.ts`.
 *
 * @module
 */
import { once } from 'node:events'
import { redisLimits } from '../../src/redis.ts'
import { clientAt } from '../redis.ts'

const [url = '', prefix = ''] = process.argv.slice(2)
const client = await clientAt(url).connect()
const store = redisLimits(client, { prefix })

process.stdout.write('ready\n')
await once(process.stdin, 'data')
process.stdin.destroy()
const at = new Date('2026-01-01T12:00:00Z')
const verdicts = await Promise.all(Array.from({ length: 100 }, () => store.take('race', { limit: 10, per: 600_000 }, at)))
process.stdout.write(`${verdicts.filter(({ allowed }) => allowed).length}\n`)
client.destroy()
