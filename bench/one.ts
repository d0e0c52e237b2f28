/**
 * Runs one benchmark in a process of its own, so that none inherits another's heap or optimised code. Started by `main.ts`.
 *
 * @module
 */
import { benchmarks } from './benchmarks/index.ts'

const [name = '', rounds = '', roundMs = ''] = process.argv.slice(2)
const benchmark = benchmarks[name]
if (!benchmark || !process.send) throw new Error('started by main.ts only')
const figures = await benchmark.run({ rounds: Number(rounds), roundMs: Number(roundMs) })
process.send(figures, () => process.disconnect())
