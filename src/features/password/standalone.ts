import type { Ambient } from '../../kernel/ambient/ambient.ts'
import { createHashPool } from '../../kernel/crypto/hash-pool.ts'
import { createPasswordHasher, type HashParameters, type PasswordHasher } from './hashing.ts'

/** A hasher with a pool of its own, for code that has no house around it. Make one a process: each counts the cores for itself. */
export const createStandaloneHasher = (
  { clock, startTimer, cores }: Pick<Ambient, 'clock' | 'startTimer' | 'cores'>,
  parameters?: HashParameters,
): PasswordHasher =>
  createPasswordHasher({
    pool: createHashPool({ slots: Math.max(1, cores - 1), clock, startTimer }),
    ...(parameters && { parameters }),
  })
