/**
 * From settings to what the server is made of.
 *
 * Invariant: nothing that is safe only on a developer's machine passes in production: plain http, a generated or weak secret, no limits.
 * Messages name the setting, never its value.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { type AuthOptions, BootError, httpMailer, type MailOptions } from '../index.ts'
import { product } from '../kernel/product.ts'
import { postgres } from '../postgres.ts'
import { type RedisConnection, redis } from '../redis.ts'
import { randomSecret, type ServerConfig, type Storage } from '../server.ts'
import { sqlite } from '../sqlite.ts'
import { type DataDir, dataDir } from './data-dir.ts'
import { envNamed as env, type SettingName, type Settings } from './settings.ts'

/** What a command does about a secret: it may make one, must find one, must be given one by the operator, or never uses it. */
export type SecretNeed = 'generate' | 'find' | 'given' | 'none'

/** What a command takes for granted. */
export interface Needs {
  readonly secret: SecretNeed
  /** `find`: a database file that is not there is an error, since opening it would leave an empty one behind. */
  readonly database: 'make' | 'find'
  /** Where nobody says how mail leaves it is kept to be looked at, otherwise there is none then; and what an option switches on is on. */
  readonly development?: true
}

/** The configuration with the folder it writes to. */
export interface Prepared {
  readonly config: ServerConfig & { readonly host: string; readonly port: number }
  readonly data: DataDir
}

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** @throws BootError for settings that cannot be used */
export function prepare(settings: Settings, needs: Needs): Prepared {
  const { of, config } = settings
  const production = needs.secret === 'given'
  const data = dataDir(resolve(of.dataDir.value ?? ''))
  const host = of.host.value ?? ''
  const port = portOf(of.port.value)
  const baseUrl = of.baseUrl.value ?? `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const limits = oneOf('limits', of.limits.value, ['on', 'off'])
  oneOf('logLevel', of.logLevel.value, logLevels)
  const storage = storageOf(settings, data)
  const redis = redisOf(settings)
  if (needs.database === 'find') assertThere(storage)
  const secrets = secretsOf(settings, data, needs.secret)
  if (production) {
    assertTransport(baseUrl, flagOf('allowHttp', of.allowHttp.value))
    assertSecrets(secrets, data.findSecret())
    if (limits === 'off') throw new BootError('rate limits are off', `Leave ${env('limits')} out: it is for test scripts only.`)
  }
  const mail = mailOf(settings, needs.development === true)
  const email = emailOf(settings, mail !== undefined)
  const [newest, ...older] = secrets
  const { limits: rows, ...http } = config.http ?? {}
  const options: AuthOptions = {
    ...config,
    baseUrl,
    secret: [newest ?? '', ...older],
    storage,
    ...(mail && { mail }),
    ...(email && { email }),
    admin: adminOf(settings, data),
    telemetry: config.telemetry ?? true,
    impersonation: config.impersonation ?? config.admin !== false,
    ...(needs.development && { password: { advice: true, ...config.password } }),
    http: {
      ...http,
      ...(of.trustProxy.value && { trustProxy: listOf(of.trustProxy.value) }),
      ...(limits === 'off' ? { limits: false } : rows && { limits: rows }),
    },
  }
  const migrate = flagOf('migrate', of.migrate.value)
  return { data, config: { options, host, port, production, migrate, ...(redis && { redis }) } }
}

/** The path of a database file that is not there, if that is where the storage is. */
export function missingFile({ location }: Storage): string | undefined {
  const path = location.match(/^sqlite: (?!memory$|a handle )(.+)$/)?.[1]
  return path === undefined || existsSync(path) ? undefined : path
}

function assertThere(storage: Storage): void {
  const path = missingFile(storage)
  if (path === undefined) return
  throw new BootError(
    `there is no database at ${path}`,
    `Name the right one with --data-dir or ${env('databaseUrl')}, or make it: ${product.name} migrate up`,
  )
}

function secretsOf({ of, config }: Settings, data: DataDir, need: SecretNeed): readonly string[] {
  if (of.secret.source === 'config' && of.secrets.value === undefined) return [config.secret ?? []].flat()
  const given = [...listOf(of.secrets.value ?? ''), of.secret.value].filter((value) => value !== undefined)
  if (given.length > 0) return [...new Set(given)]
  const generated = data.findSecret()
  if (generated !== undefined) return [generated]
  if (need === 'generate') return [data.ensureSecret()]
  if (need === 'none') return [randomSecret()]
  throw new BootError('there is no secret', secretRemedyOf('secret'))
}

function assertTransport(baseUrl: string, allowHttp: boolean): void {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url?.protocol === 'https:') return
  const remedy = `Set ${env('baseUrl')} to the https address people use; for your own machine there is: ${product.name} dev`
  if (url?.protocol !== 'http:') throw new BootError('the base URL is no https URL', remedy)
  if (!isLoopback(url.hostname)) throw new BootError('the base URL is plain http', remedy)
  if (!allowHttp)
    throw new BootError('the base URL is plain http', `${remedy}, or ${env('allowHttp')}=true for production on loopback.`)
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)

const secretRemedyOf = (name: SettingName): string => `Set ${env(name)} to the output of: openssl rand -base64 32`

/** What makes a secret unfit for production. @throws BootError */
export function assertSecrets(
  secrets: readonly string[],
  generated: string | undefined,
  { what, name }: { readonly what: string; readonly name: SettingName } = { what: 'the secret', name: 'secret' },
): void {
  const remedy = secretRemedyOf(name)
  for (const secret of secrets) {
    if (secret === generated) throw new BootError(`${what} was generated for development`, remedy)
    if (Buffer.byteLength(secret) < 32) throw new BootError(`${what} is shorter than 32 bytes`, remedy)
    if (new Set(secret).size < 12) throw new BootError(`${what} is not random`, remedy)
  }
}

/** @throws BootError when the URL names no engine we know */
function storageOf({ of, config }: Settings, data: DataDir): Storage {
  const { value, source } = of.databaseUrl
  if (source === 'config' && config.storage) return config.storage
  if (value === undefined) return sqlite(data.databasePath)
  if (source === 'flag' && URL.canParse(value) && new URL(value).password !== '')
    throw new BootError(
      'the database URL on the command line holds a password, which other users of this machine can read',
      `Set it as ${env('databaseUrl')}, or name a file that holds it with ${env('databaseUrl')}_FILE.`,
    )
  if (/^postgres(ql)?:\/\//.test(value)) return postgres(value)
  const path = value.match(/^sqlite:(?:\/\/)?(.+)$/)?.[1]
  if (path !== undefined) return sqlite(path === ':memory:' ? path : resolve(path))
  throw new BootError(
    'the database URL is not one',
    `Set ${env('databaseUrl')} to sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.`,
  )
}

/** @throws BootError when the URL names no Redis */
function redisOf({ of: { redisUrl } }: Settings): RedisConnection | undefined {
  if (redisUrl.value === undefined) return undefined
  if (URL.canParse(redisUrl.value) && /^rediss?:$/.test(new URL(redisUrl.value).protocol)) return redis(redisUrl.value)
  throw new BootError('the Redis URL is not one', `Set ${env('redisUrl')} to redis://USER:PASSWORD@HOST, or rediss:// over TLS.`)
}

/**
 * Mail servers that are named are used; the server of a developer's machine keeps what would be sent in a box. No command falls back to one:
 * in a house whose server has no mail, nobody would send what a command made it owe.
 *
 * @throws BootError
 */
function mailOf({ of, config }: Settings, boxed: boolean): MailOptions | undefined {
  const [smtp, service] = [of.smtpUrl.value, of.mailUrl.value]
  const transport = [
    ...(smtp === undefined ? [] : [smtp as `smtp://${string}`]),
    ...(service === undefined ? [] : [httpMailerAt(service)]),
  ]
  if (transport.length > 0) {
    const from = of.mailFrom.value ?? config.mail?.from
    if (from === undefined)
      throw new BootError(
        'nobody is named whom mails are from',
        `Set ${env('mailFrom')} to something like "Example <hi@example.com>".`,
      )
    return { ...config.mail, from, transport }
  }
  return config.mail ?? (boxed ? { from: `${product.title} <${product.name}@localhost>`, transport: 'inbox' } : undefined)
}

/** Addresses can be proved and changed where there is mail. @throws BootError */
function emailOf({ of, config }: Settings, hasMail: boolean): AuthOptions['email'] {
  const { value, source } = of.emailVerification
  if (value === undefined || source === 'config') return config.email ?? (hasMail ? {} : undefined)
  return { ...config.email, verification: oneOf('emailVerification', value, ['none', 'lazy', 'strict']) }
}

/** The panel is there unless the config file says otherwise; who has the role of an operator works with it. @throws BootError */
function adminOf({ of, config: { admin = true } }: Settings, data: DataDir): NonNullable<AuthOptions['admin']> {
  const { value } = of.adminSecret
  if (value === undefined) return admin
  if (admin === false)
    throw new BootError(
      `${env('adminSecret')} opens nothing: the config file switches the panel off`,
      'Unset it, or take admin: false out of the config file.',
    )
  assertSecrets([value], data.findSecret(), { what: 'the secret of scripts', name: 'adminSecret' })
  return { ...(admin === true ? {} : admin), secret: value }
}

/** @throws BootError */
function httpMailerAt(url: string) {
  if (!URL.canParse(url))
    throw new BootError('the URL of the mail service is not one', `Set ${env('mailUrl')} to https://:KEY@HOST/PATH.`)
  const endpoint = new URL(url)
  const apiKey = decodeURIComponent(endpoint.password || endpoint.username)
  endpoint.username = endpoint.password = ''
  return httpMailer({ endpoint: endpoint.href, apiKey })
}

function portOf(text = ''): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new BootError(`${env('port')} is no port`, 'Set it to a number from 1 to 65535.')
}

function oneOf<const T extends string>(name: SettingName, value: string | undefined, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value)
  if (found !== undefined) return found
  throw new BootError(`${env(name)} cannot be read`, `Set it to one of: ${allowed.join(', ')}.`)
}

const flagOf = (name: SettingName, value: string | undefined): boolean => oneOf(name, value, ['true', 'false']) === 'true'

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
