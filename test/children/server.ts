/**
 * A server of its own process on a test's database: prints its port, moves its clock by each line of milliseconds it is given, resets the
 * password of the user that a line `reset <id>` names, says at `memory` how much it held at most, and ends when its standard input does. It may keep people, hashes and session records in the tables of an
 * application, and die at a call of theirs. Started by `test/second-process.ts`.
 *
 * @module
 */
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { toNode } from '../../src/node.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import type { ServerOptions } from '../second-process.ts'
import { dyingAt } from '../stores/application.ts'

const [location = '', given = '{}'] = process.argv.slice(2)
const { application, ...options } = JSON.parse(given) as ServerOptions
const stores = application && { stores: dyingAt(application.path, application.death) }
const house = houseOn(storageAt(location), { ...options, ...stores }, { hashSlots: 4 })
const say = (line: string) => process.stdout.write(`${line}\n`)

await house.auth.ready()
const server = createServer({ keepAliveTimeout: 60_000 }, toNode(house.auth).routes)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  say(String(typeof address === 'object' && address ? address.port : ''))
})
for await (const line of createInterface(process.stdin)) {
  const [order = '', id = ''] = line.split(' ')
  if (order === 'memory') say(String(process.resourceUsage().maxRSS * 1024))
  else if (order === 'reset') say((await house.auth.asSystem('support').password.reset({ id })).temporaryPassword)
  else {
    house.advance(Number(order))
    say('advanced')
  }
}
server.close()
server.closeAllConnections()
await house.auth.close()
