import { buildAuth, type Internals } from '../../src/app/build.ts'
import type { AuthOptions } from '../../src/app/options.ts'
import { testParameters } from '../../src/features/password/hashing.ts'
import { type Ambient, realAmbient } from '../../src/kernel/ambient/ambient.ts'
import { postgres } from '../../src/postgres.ts'
import { sqlite } from '../../src/sqlite.ts'
import type { Storage } from '../../src/storage/types.ts'

/** The storage at the `location` of a test's engine: a URL of PostgreSQL, or a path. */
export const storageAt = (location: string): Storage => (location.startsWith('postgres') ? postgres(location) : sqlite(location))

/** A house on a given storage, with a clock that only moves when told to. */
export function houseOn(
  storage: Storage,
  options: Partial<AuthOptions> = {},
  { around, ...internals }: Internals & { readonly around?: Partial<Ambient> } = {},
  startAt = '2026-01-01T12:00:00Z',
) {
  const time = { at: Date.parse(startAt), passed: 0 }
  const ambient = {
    ...realAmbient(),
    clock: { now: () => new Date(time.at), monotonicMs: () => time.passed },
    ...around,
  }
  const given = {
    baseUrl: 'https://app.example.com',
    secret: 's'.repeat(40),
    storage,
    ...options,
    http: { limits: false as const, ...options.http },
  }
  // Slots for every racer: with fewer, the hash queue would answer some of them instead of what the race is about.
  const usual = { hashParameters: testParameters, hashSlots: 64, migrate: true, strict: true }
  const house = buildAuth(given, ambient, { ...usual, ...internals })
  return Object.assign(house, {
    advance(ms: number) {
      time.at += ms
      time.passed += ms
    },
    /** Sets the clock of the wall, ahead or back; no time passes. */
    jump(ms: number) {
      time.at += ms
    },
  })
}
