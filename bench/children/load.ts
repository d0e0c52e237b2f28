/**
 * A load generator: takes one load as a message, answers with what came back. Started by `driveElsewhere`.
 *
 * @module
 */
import { once } from 'node:events'
import { drive, type Load } from '../load.ts'

const [load] = await once(process, 'message')
const outcome = await drive(load as Load)
process.send?.(outcome, () => process.disconnect())
