/**
 * Runs one benchmark in a process of its own, so that none inherits another's heap or optimised code. Started by `main.ts`, and ends with it.
 *
 * @module
 */
import { benchmarks } from './benchmarks/index.ts'

const [name = '', rounds = '', roundMs = ''] = process.argv.slice(2)
const benchmark = benchmarks[name]
if (!benchmark || !process.send) throw new Error('started by main.ts only')
const orphaned = () => process.kill(process.pid, 'SIGTERM')
process.once('disconnect', orphaned)
const figures = await benchmark.run({ rounds: Number(rounds), roundMs: Number(roundMs) })
process.off('disconnect', orphaned)
process.send(figures, () => process.disconnect())
