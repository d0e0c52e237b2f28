/**
 * A house that listens and sends mail, with readers in it. Started by `benchmarks/mail.ts`.
 *
 * @module
 */
import { startServer } from 'keywright/server'
import { sqlite } from 'keywright/sqlite'
import { optionsOn } from '../house.ts'

const [path = '', port = '', mailPort = '', readers = ''] = process.argv.slice(2)
const transport = `smtp://127.0.0.1:${mailPort}` as const
const options = { ...optionsOn(sqlite(path)), mail: { from: 'Bench <bench@example.com>', transport } }
const { auth, close } = await startServer({ options, port: Number(port), production: true, migrate: true })
for (let index = 0; index < Number(readers); index++)
  await auth.asSystem('bench').users.create({ identifier: `reader-${index}@example.com` })
process.once('disconnect', () => void close())
process.send?.('ready')
