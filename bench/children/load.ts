/**
 * A load generator: takes one load after the other as messages, answers each with what came back. Started by `startDriver`.
 *
 * @module
 */
import { drive, type Load } from '../load.ts'

process.on('message', async (load: Load) => {
  process.send?.(await drive(load))
})
process.send?.('ready')
