/**
 * What `doctor` looks at in Redis. The server works without it, so its absence is no fault; a package that is missing is one.
 *
 * @module
 */
import { BootError } from '../index.ts'
import type { RedisConnection, RedisLook } from '../redis.ts'
import { Advice, type Finding, finding } from './finding.ts'

/** Looks without the rights of an administrator; what may not be known is said to be unknown. */
export async function redisFindings(redis: RedisConnection): Promise<readonly Finding[]> {
  let look: RedisLook | undefined
  const reached = await finding('redis', async () => {
    look = await reach(redis)
    return redis.location
  })
  if (look === undefined) return [reached]
  const seen = look
  return [
    reached,
    await finding('redis version', () => versionFits(seen)),
    await finding('redis memory', () => keepsWhatItHas(seen)),
    await finding('redis scripts', () => runsScripts(seen)),
  ]
}

async function reach(redis: RedisConnection): Promise<RedisLook> {
  try {
    return await redis.look()
  } catch (error) {
    if (error instanceof BootError) throw error
    const why = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
    throw new Advice(
      `${redis.location} does not answer${why}: limits are counted in each process until it does`,
      'Start it, or correct its address and password.',
    )
  }
}

/** `GETDEL`, which takes a value once, is of this version (redis.io/commands/getdel). */
const oldest = [6, 2] as const

function versionFits({ version }: RedisLook): string {
  if (version === undefined) return 'unknown: this user may not ask (INFO)'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return version
  throw new Advice(`this is Redis ${version}`, `Install Redis ${oldest.join('.')} or newer: redisKv does not work on this one.`)
}

/** What is thrown out to make room is a limit that begins anew, or a value that was to be spent once. */
function keepsWhatItHas({ evictionPolicy: policy, maxMemory }: RedisLook): string {
  if (policy === undefined) return 'unknown: this user may not ask (INFO)'
  if (policy === 'noeviction') return policy
  if (maxMemory === 0) return `${policy}, and there is no maxmemory at which it would begin`
  throw new Advice(
    `when its memory is full it throws keys out (${policy}): a limit begins anew, a value of redisKv is gone`,
    'Set maxmemory-policy to noeviction, or give this deployment a Redis of its own.',
  )
}

function runsScripts({ scripts }: RedisLook): string {
  if (scripts) return 'run'
  throw new Advice('it runs no script for this user: limits are counted in each process', 'Allow this user EVAL.')
}
