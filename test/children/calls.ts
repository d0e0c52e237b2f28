/**
 * A second house on a test's database: says `ready`, waits for a line, sends 25 equal requests at once for each body it was given, and prints
 * `[status, refresh token]` of every answer. Started by `test/second-process.ts`.
 *
 * @module
 */
import { once } from 'node:events'
import { postgres } from '../../src/postgres.ts'
import { sqlite } from '../../src/sqlite.ts'
import { device } from '../flows/browser.ts'
import { houseOn } from '../flows/house.ts'

const [location = '', job = '{}'] = process.argv.slice(2)
const { path, bodies } = JSON.parse(job) as { path: string; bodies: readonly object[] }
const house = houseOn(location.startsWith('postgres') ? postgres(location) : sqlite(location))

await house.auth.ready()
process.stdout.write('ready\n')
await once(process.stdin, 'data')
process.stdin.destroy()
const answers: (readonly [number, string | undefined])[][] = []
for (const body of bodies) {
  const send = async () => {
    const answer = await device(house).send('POST', path, body, { 'x-auth-strategy': 'bearer' })
    return [answer.status, answer.body.refreshToken] as const
  }
  answers.push(await Promise.all(Array.from({ length: 25 }, send)))
}
process.stdout.write(`${JSON.stringify(answers)}\n`)
await house.auth.close()
