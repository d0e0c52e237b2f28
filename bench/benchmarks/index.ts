import type { Benchmark } from '../benchmark.ts'
import { admin } from './admin.ts'
import { authenticate } from './authenticate.ts'
import { boot } from './boot.ts'
import { flood } from './flood.ts'
import { guard } from './guard.ts'
import { imports } from './imports.ts'
import { jobs } from './jobs.ts'
import { logins } from './logins.ts'
import { mail } from './mail.ts'
import { panel } from './panel.ts'
import { peers } from './peers.ts'
import { refreshes } from './refreshes.ts'
import { revocation } from './revocation.ts'
import { types } from './types.ts'

/** Every benchmark, by the name it is asked for with. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  authenticate,
  peers,
  guard,
  revocation,
  logins,
  refreshes,
  jobs,
  imports,
  mail,
  admin,
  panel,
  boot,
  flood,
  types,
}
