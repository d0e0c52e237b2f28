/**
 * An application at its start: makes an `Auth` on the database it is given, says `ready`, ends. Started by `benchmarks/boot.ts`.
 *
 * @module
 */
import { createAuth } from 'keywright'
import { sqlite } from 'keywright/sqlite'
import { optionsOn } from '../house.ts'

const auth = createAuth(optionsOn(sqlite(process.argv[2] ?? '')))
await auth.ready()
process.stdout.write('ready\n')
await auth.close()
