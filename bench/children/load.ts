/**
 * A load generator: takes loads as messages, those of one message at once, answers with what came back. Started by `startDriver`.
 *
 * @module
 */
import { drive, type Load } from '../load.ts'

process.on('message', async ({ loads }: { loads: readonly Load[] }) => {
  process.send?.(await Promise.all(loads.map(drive)))
})
process.send?.('ready')
