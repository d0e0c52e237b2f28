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
import { BootError } from '../index.ts'
import { product } from '../kernel/product.ts'
import { openHouse } from '../server.ts'
import { sqlite } from '../sqlite.ts'
import { houseFindings } from './database-checks.ts'
import { Advice, type Finding, finding, refuse } from './finding.ts'
import { redisFindings } from './redis-checks.ts'
import { type Needs, type Prepared, prepare } from './server-config.ts'
import type { Settings } from './settings.ts'

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
  if (redis) found.push(...(await redisFindings(redis)))
  return [...found, ...(await houseFindings(prepared, dev))]
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

/** Behind a proxy that nobody named, all people share the proxy's address, and its limits; one that everybody may be hides who they are. */
function proxyTrust({ config: { options, host } }: Prepared): string {
  const trusted = options.http?.trustProxy ?? []
  const named = trusted.join(', ')
  const variable = `${product.envPrefix}TRUST_PROXY`
  const anybody = trusted.find((entry) => /\/0+$/.test(entry))
  if (anybody !== undefined)
    throw new Advice(
      `${anybody} is every address: whoever reaches this server chooses the address they are counted by`,
      `Name the addresses of your proxies in ${variable}, unless nobody but them can reach this server.`,
    )
  if (trusted.length > 0 && isLoopback(host) && !trusted.some((entry) => isLoopback(entry.split('/', 1)[0] ?? '')))
    throw new Advice(
      `this server listens on ${host}, where only this machine reaches it, and believes only ${named}`,
      `Add ${host} to ${variable}, or listen where the proxy is.`,
    )
  if (trusted.length > 0) return `${named} may say whom it speaks for`
  if (!options.baseUrl.startsWith('https:')) return 'none'
  throw new Advice(
    'people come over https, this server speaks http, and no proxy is named: limits by address count all of them as one person',
    `Name the proxy between them in ${variable}.`,
  )
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.')

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
