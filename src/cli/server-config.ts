/**
 * From settings to what the server is made of.
 *
 * Invariant: nothing that is safe only on a developer's machine passes in production: plain http, a generated or weak secret, no limits.
 * Messages name the setting, never its value.
 *
 * @module
 */
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { type AuthOptions, BootError } from '../index.ts'
import { postgres } from '../postgres.ts'
import { randomSecret, type ServerConfig, type Storage } from '../server.ts'
import { sqlite } from '../sqlite.ts'
import { type DataDir, dataDir } from './data-dir.ts'
import type { Settings } from './settings.ts'

/** What a command does about a secret: it may make one, must find one, must be given one by the operator, or never uses it. */
export type SecretNeed = 'generate' | 'find' | 'given' | 'none'

/** The configuration with the folder it writes to. */
export interface Prepared {
  readonly config: ServerConfig & { readonly host: string; readonly port: number }
  readonly data: DataDir
}

/** @throws BootError for settings that cannot be used */
export function prepare(settings: Settings, need: SecretNeed): Prepared {
  const { of, config } = settings
  const production = need === 'given'
  const data = dataDir(resolve(of.dataDir.value ?? ''))
  const host = of.host.value ?? ''
  const port = portOf(of.port.value)
  const baseUrl = of.baseUrl.value ?? `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const limits = oneOf('LIMITS', of.limits.value, ['on', 'off'])
  const secrets = secretsOf(settings, data, need)
  if (production) {
    assertTransport(baseUrl, flagOf('ALLOW_HTTP', of.allowHttp.value))
    assertSecrets(secrets, data.findSecret())
    if (limits === 'off') throw new BootError('rate limits are off', 'Leave KEYWRIGHT_LIMITS out: it is for test scripts only.')
  }
  const [newest, ...older] = secrets
  const options: AuthOptions = {
    ...config,
    baseUrl,
    secret: [newest ?? '', ...older],
    storage: storageOf(settings, data),
    http: {
      ...config.http,
      ...(of.trustProxy.value && { trustProxy: listOf(of.trustProxy.value) }),
      ...(limits === 'off' && { limits: false }),
    },
  }
  return { data, config: { options, host, port, production, migrate: flagOf('MIGRATE', of.migrate.value) } }
}

function secretsOf({ of, config }: Settings, data: DataDir, need: SecretNeed): readonly string[] {
  if (of.secret.source === 'config' && of.secrets.value === undefined) return [config.secret ?? []].flat()
  const given = [...listOf(of.secrets.value ?? ''), of.secret.value].filter((value) => value !== undefined)
  if (given.length > 0) return [...new Set(given)]
  const generated = data.findSecret()
  if (generated !== undefined) return [generated]
  if (need === 'generate') return [data.ensureSecret()]
  if (need === 'none') return [randomSecret()]
  throw new BootError('there is no secret', 'Set KEYWRIGHT_SECRET to the output of: openssl rand -base64 32')
}

function assertTransport(baseUrl: string, allowHttp: boolean): void {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url?.protocol === 'https:') return
  const remedy = 'Set KEYWRIGHT_BASE_URL to the https address people use; for your own machine there is: serve --dev'
  if (url?.protocol !== 'http:') throw new BootError('the base URL is no https URL', remedy)
  if (!isLoopback(url.hostname)) throw new BootError('the base URL is plain http', remedy)
  if (!allowHttp)
    throw new BootError('the base URL is plain http', `${remedy}, or KEYWRIGHT_ALLOW_HTTP=true for production on loopback.`)
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)

function assertSecrets(secrets: readonly string[], generated: string | undefined): void {
  const remedy = 'Set KEYWRIGHT_SECRET to the output of: openssl rand -base64 32'
  for (const secret of secrets) {
    if (secret === generated) throw new BootError('the secret was generated for development', remedy)
    if (Buffer.byteLength(secret) < 32) throw new BootError('the secret is shorter than 32 bytes', remedy)
    if (new Set(secret).size < 12) throw new BootError('the secret is not random', remedy)
  }
}

/** @throws BootError when the URL names no engine we know */
function storageOf({ of, config }: Settings, data: DataDir): Storage {
  const { value, source } = of.databaseUrl
  if (source === 'config' && config.storage) return config.storage
  if (value === undefined) return sqlite(data.databasePath)
  if (/^postgres(ql)?:\/\//.test(value)) return postgres(value)
  const path = value.match(/^sqlite:(?:\/\/)?(.+)$/)?.[1]
  if (path !== undefined) return sqlite(path === ':memory:' ? path : resolve(path))
  throw new BootError(
    'the database URL is not one',
    'Set KEYWRIGHT_DATABASE_URL to sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.',
  )
}

function portOf(text = ''): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new BootError('the port is not one', 'Set it to a number from 1 to 65535.')
}

function oneOf<const T extends string>(name: string, value: string | undefined, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value)
  if (found !== undefined) return found
  throw new BootError(`KEYWRIGHT_${name} cannot be read`, `Set it to one of: ${allowed.join(', ')}.`)
}

const flagOf = (name: string, value: string | undefined): boolean => oneOf(name, value, ['true', 'false']) === 'true'

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
