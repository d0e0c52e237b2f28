import type { Benchmark } from '../benchmark.ts'
import { authenticate } from './authenticate.ts'

/** Every benchmark, by the name it is asked for with. */
export const benchmarks: Readonly<Record<string, Benchmark>> = { authenticate }
