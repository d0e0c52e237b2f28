/**
 * What `doctor` looks at, before a start and beside a server that runs.
 *
 * Invariant: looking changes nothing. No file, table or key is made, and no message holds a secret.
 *
 * @module
 */
import { once } from 'node:events'
import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { hash, verify } from '@node-rs/argon2'
import { BootError, isAuthError } from '../index.ts'
import { product } from '../kernel/product.ts'
import type { RedisConnection } from '../redis.ts'
import { type House, openHouse } from '../server.ts'
import { sqlite } from '../sqlite.ts'
import { missingFile, type Needs, type Prepared, prepare } from './server-config.ts'
import type { Settings } from './settings.ts'

/** What one look found. */
export interface Finding {
  readonly check: string
  readonly level: 'ok' | 'advice' | 'fault'
  /** Whether the server can work in spite of it. */
  readonly ok: boolean
  readonly detail: string
}

/** Something that works and could be better. */
class Advice extends Error {}

/** Looks at everything. Settings that cannot be used are a finding, and what rests on them is not looked at. */
export async function examine(settings: Settings, dev: boolean): Promise<readonly Finding[]> {
  const found = [
    await finding('node', nodeVersion),
    await finding('native modules', nativeModules),
    ...(await Promise.all(settings.unknown.map(({ message, remedy }) => finding('environment', () => refuse(message, remedy))))),
  ]
  const needs: Needs = { secret: dev ? 'find' : 'given', database: 'make' }
  found.push(await finding('settings', () => settingsFit(settings, needs, dev)))
  const prepared = usable(settings)
  if (!prepared) return found
  found.push(await finding('proxy', () => proxyTrust(prepared)))
  found.push(await finding('port', () => portFree(prepared.config)))
  found.push(await finding('data folder', () => folderPrivate(prepared.data.path)))
  found.push(await finding('disk', () => diskSpace(prepared.data.path)))
  const { redis } = prepared.config
  if (redis) found.push(await finding('redis', () => redisAnswers(redis)))
  return [...found, ...(await databaseFindings(prepared, dev))]
}

/** Whatever the secret is worth, the rest can be looked at; `secret` is false where one had to be made up for that. */
function usable(settings: Settings): (Prepared & { readonly secret: boolean }) | undefined {
  for (const secret of ['find', 'none'] as const) {
    try {
      return { ...prepare(settings, { secret, database: 'make' }), secret: secret === 'find' }
    } catch (error) {
      if (!(error instanceof BootError)) throw error // reported as the finding on settings
    }
  }
  return undefined
}

async function finding(check: string, look: () => string | Promise<string>): Promise<Finding> {
  try {
    return { check, level: 'ok', ok: true, detail: await look() }
  } catch (error) {
    if (error instanceof Advice) return { check, level: 'advice', ok: true, detail: error.message }
    return { check, level: 'fault', ok: false, detail: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof BootError) return `${error.message}. ${error.remedy}`
  if (isAuthError(error)) return error.detail ?? error.title
  return error instanceof Error ? error.message : String(error)
}

function refuse(message: string, remedy: string): never {
  throw new BootError(message, remedy)
}

function nodeVersion(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return process.versions.node
  return refuse(`this is Node ${process.versions.node}`, 'Install Node 20.19 or newer.')
}

/** Prebuilt modules can be there and still not run on this machine, so each does a little of its work. */
async function nativeModules(): Promise<string> {
  const stored = await hash('a password', { memoryCost: 64, timeCost: 1 })
  if (!(await verify(stored, 'a password'))) refuse('argon2 does not verify its own hash', 'Install the dependencies again.')
  const secret = 'only for looking: no row is written'
  const house = openHouse({ options: { baseUrl: 'http://127.0.0.1', secret, storage: sqlite(':memory:') } })
  try {
    await house.ping()
  } finally {
    await house.close()
  }
  return 'argon2 and SQLite work'
}

function settingsFit(settings: Settings, needs: Needs, dev: boolean): string {
  if (!dev) {
    prepare(settings, needs)
    return 'usable in production'
  }
  const { data } = prepare(settings, { ...needs, secret: 'none' })
  const { secret, secrets } = settings.of
  if (secret.value !== undefined || secrets.value !== undefined) return 'usable, with a secret of your own'
  return data.findSecret() === undefined ? 'usable; the first start makes a secret' : 'usable, with a generated secret'
}

/** Behind a proxy that nobody named, all people share the proxy's address, and its limits. */
function proxyTrust({ config: { options } }: Prepared): string {
  const trusted = options.http?.trustProxy ?? []
  if (trusted.length > 0) return `${trusted.join(', ')} may say whom it speaks for`
  if (!options.baseUrl.startsWith('https:')) return 'none'
  throw new Advice(
    `people come over https, this server speaks http: name the proxy between them in ${product.envPrefix}TRUST_PROXY, or limits by address count it as one person`,
  )
}

async function portFree({ host, port }: Prepared['config']): Promise<string> {
  const probe = createServer()
  try {
    await once(probe.listen(port, host), 'listening')
  } catch (error) {
    if (await answers(host, port)) throw new Advice(`a server already answers on ${host}:${port}`)
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'refused'
    return refuse(`cannot listen on ${host}:${port} (${why})`, 'Stop what uses the port, or choose another with --port.')
  }
  probe.close()
  await once(probe, 'close')
  return `${host}:${port} is free`
}

/** Whether something that looks like us is on the port. */
async function answers(host: string, port: number): Promise<boolean> {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/healthz`
  const body = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.text(),
    () => '',
  )
  return body === '{"status":"ok"}'
}

function folderPrivate(path: string): string {
  if (!existsSync(path)) return `${path} is not there yet`
  const open = [path, ...readdirSync(path).map((name) => join(path, name))].filter((one) => (statSync(one).mode & 0o077) !== 0)
  if (open.length === 0) return path
  return refuse(`others on this machine can open ${open.join(', ')}`, `Run: chmod -R go= ${path}`)
}

const leastFree = 200 * 1024 * 1024

function diskSpace(path: string): string {
  let place = path
  while (!existsSync(place)) place = dirname(place)
  const { bavail, bsize } = statfsSync(place)
  const free = `${Math.floor((bavail * bsize) / 1024 ** 2)} MiB free`
  return bavail * bsize >= leastFree ? free : refuse(`only ${free} under ${place}`, 'Make room: a full disk refuses every login.')
}

/** The server works without it, so its absence is no fault; a package that is missing is one. */
async function redisAnswers(redis: RedisConnection): Promise<string> {
  try {
    await redis.ping()
  } catch (error) {
    if (error instanceof BootError) throw error
    const why = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
    throw new Advice(`${redis.location} does not answer${why}: limits are counted in each process until it does`)
  } finally {
    await redis.close()
  }
  return redis.location
}

async function databaseFindings(prepared: Prepared & { readonly secret: boolean }, dev: boolean): Promise<readonly Finding[]> {
  const { config } = prepared
  const { location } = config.options.storage
  const missing = missingFile(config.options.storage)
  if (missing !== undefined) {
    const look = () => {
      if (dev || config.migrate) return `${missing} is not there yet; the first start makes it`
      return refuse(`there is no database at ${missing}`, `Run: ${product.name} migrate up`)
    }
    return [await finding('database', look)]
  }
  const house = openHouse(config)
  try {
    const reached = await finding('database', () => house.ping().then(() => location))
    if (!reached.ok) return [reached]
    const schema = await finding('schema', () => schemaState(house, dev || config.migrate === true))
    const clock = await finding('clock', () => clockSkew(house))
    if (schema.level !== 'ok' || !prepared.secret) return [reached, clock, schema]
    return [reached, clock, schema, await finding('signing keys', () => keyAges(house, prepared))]
  } finally {
    await house.close()
  }
}

async function schemaState({ schema }: House, migrates: boolean): Promise<string> {
  const behind = (await schema.status()).filter(({ state }) => state !== 'applied')
  if (behind.length === 0) return 'up to date'
  const names = behind.map(({ name, state }) => `${name} is ${state}`).join(', ')
  if (migrates && behind.every(({ state }) => state === 'pending')) throw new Advice(`${names}; the next start migrates`)
  return refuse(names, `Run: ${product.name} migrate up`)
}

/** Nodes share a database and not a clock; tokens of one are judged by another. */
const mostSkewMs = 5_000

async function clockSkew(house: House): Promise<string> {
  const lead = await house.clockLeadMs()
  const apart = `${(Math.abs(lead) / 1000).toFixed(1)} s ${lead < 0 ? 'behind' : 'ahead of'} the database`
  if (Math.abs(lead) <= mostSkewMs) return 'agrees with the database'
  return refuse(`this clock is ${apart}`, 'Synchronise both machines with NTP: sessions and tokens end by the clock.')
}

const dayMs = 86_400_000
const rotateAfterDays = 365

async function keyAges(house: House, { config }: Prepared): Promise<string> {
  const keys = await house.signingKeys()
  if (keys.length === 0) return 'none yet; the first start makes one'
  const signer = keys.find(({ state }) => state === 'signing')
  if (!signer)
    return refuse(
      'the secret opens none of the signing keys',
      `Set ${product.envPrefix}SECRET to the one they were made under, or add it behind the newest in ${product.envPrefix}SECRETS.`,
    )
  const days = Math.floor((Date.now() - signer.activeAt.getTime()) / dayMs)
  const age = `${keys.length} in all; ${signer.alg} signs since ${days} ${days === 1 ? 'day' : 'days'}`
  if (days <= rotateAfterDays || config.options.signing?.keys) return age
  throw new Advice(`${age}: a year is long. Run: ${product.name} keys rotate`)
}
