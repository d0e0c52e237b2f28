/**
 * A process that owes a mail, or sends what is owed through the mail server it is told, and works until it is killed. Started by
 * `test/second-process.ts`.
 *
 * @module
 */
import { houseOn, storageAt } from '../flows/house.ts'

const [location = '', transport = '', manner = 'sends'] = process.argv.slice(2)
const options = {
  mail: { from: 'Example <hi@example.com>', transport: transport as `smtp://${string}` },
  infra: { runJobs: manner === 'sends' },
}
const house = houseOn(storageAt(location), options)
await house.auth.ready()
if (manner === 'owes') await house.auth.asSystem('test').password.provision({ identifier: 'grace@example.com' })
process.stdout.write('ready\n')
setInterval(() => {}, 1_000)
process.stdin.on('data', (data) => house.advance(Number(data)))
