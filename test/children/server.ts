/**
 * A server of its own process on a test's database: prints its port, moves its clock by each line of milliseconds it is given, and ends when
 * its standard input does. Started by `test/second-process.ts`.
 *
 * @module
 */
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import type { AuthOptions } from '../../src/index.ts'
import { toNode } from '../../src/node.ts'
import { houseOn, storageAt } from '../flows/house.ts'

const [location = '', given = '{}'] = process.argv.slice(2)
const { http } = JSON.parse(given) as Pick<AuthOptions, 'http'>
const house = houseOn(storageAt(location), { ...(http && { http }) }, { hashSlots: 4 })
const say = (line: string) => process.stdout.write(`${line}\n`)

await house.auth.ready()
const server = createServer({ keepAliveTimeout: 60_000 }, toNode(house.auth).routes)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  say(String(typeof address === 'object' && address ? address.port : ''))
})
for await (const line of createInterface(process.stdin)) {
  house.advance(Number(line))
  say('advanced')
}
server.close()
server.closeAllConnections()
await house.auth.close()
