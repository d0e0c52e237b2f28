/**
 * A process with a listener called "crm" that writes the id of each event it hears as a line of a file, and then hangs if it was told so.
 * It makes one user, tells its id, and works until it is killed. Started by `test/second-process.ts`.
 *
 * @module
 */
import { appendFileSync } from 'node:fs'
import { houseOn, storageAt } from '../flows/house.ts'

const [location = '', file = '', manner = 'hears'] = process.argv.slice(2)
const works = manner !== 'does not work'
const house = houseOn(storageAt(location), { infra: { runJobs: works } })
house.auth.on(
  'identity.user.created',
  async ({ id }) => {
    appendFileSync(file, `${id}\n`)
    if (manner === 'hangs') await new Promise(() => {})
  },
  { name: 'crm' },
)
const { id } = await house.auth.asSystem('test').users.create({ identifier: `${process.pid}@example.com` })
process.stdout.write(`${id}\n`)
if (!works) setInterval(() => {}, 1_000)
process.stdin.on('data', (data) => house.advance(Number(data)))
