/**
 * The settings of the server as one table, and where the value of each comes from: flag, environment, config file, default.
 *
 * Invariant: a secret has no flag, because other users of a machine can read the arguments of a process; and no variable with our prefix is
 * read over: one that sets nothing is refused, because whoever set it meant something.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type AuthOptions, BootError } from '../index.ts'
import { product } from '../kernel/product.ts'
import { closest } from '../server.ts'

/** One setting. */
interface SettingRow {
  readonly name: string
  /** After the product's prefix; `_FILE` behind it names a file that holds the value. */
  readonly env: string
  readonly flag?: string
  readonly fallback?: string
  readonly secret?: true
  readonly summary: string
}

/** Every setting. */
export const settingRows = [
  { name: 'port', env: 'PORT', flag: '--port <port>', fallback: '3000', summary: 'port to listen on' },
  { name: 'host', env: 'HOST', flag: '--host <host>', fallback: '127.0.0.1', summary: 'address to listen on' },
  { name: 'baseUrl', env: 'BASE_URL', flag: '--base-url <url>', summary: 'where people reach the server' },
  { name: 'dataDir', env: 'DATA_DIR', flag: '--data-dir <folder>', fallback: `./${product.dataDir}`, summary: 'folder for data' },
  {
    name: 'databaseUrl',
    env: 'DATABASE_URL',
    flag: '--database-url <url>',
    secret: true,
    summary: 'sqlite:PATH or postgres://...',
  },
  { name: 'redisUrl', env: 'REDIS_URL', secret: true, summary: 'redis://...: bus and limits of several nodes; optional' },
  { name: 'smtpUrl', env: 'SMTP_URL', secret: true, summary: 'smtps://USER:PASSWORD@HOST: a mail server' },
  { name: 'mailUrl', env: 'MAIL_URL', secret: true, summary: 'https://:KEY@HOST/PATH: an HTTP mail service' },
  { name: 'mailFrom', env: 'MAIL_FROM', summary: 'whom mails are from: Example <hi@example.com>' },
  { name: 'emailVerification', env: 'EMAIL_VERIFICATION', summary: 'none, lazy or strict: who has to prove their address' },
  { name: 'secret', env: 'SECRET', secret: true, summary: 'at least 32 random bytes' },
  { name: 'secrets', env: 'SECRETS', secret: true, summary: 'while rotating: comma-separated, newest first' },
  { name: 'trustProxy', env: 'TRUST_PROXY', flag: '--trust-proxy <list>', summary: 'addresses and ranges of proxies' },
  { name: 'adminEmail', env: 'ADMIN_EMAIL', flag: '--admin-email <email>', summary: 'the first admin' },
  { name: 'adminPassword', env: 'ADMIN_PASSWORD', secret: true, summary: "the first admin's password" },
  {
    name: 'adminSecret',
    env: 'ADMIN_SECRET',
    secret: true,
    summary: "at least 32 random bytes: scripts' way to the operators' API",
  },
  { name: 'migrate', env: 'MIGRATE', flag: '--migrate', fallback: 'false', summary: 'migrate the schema at boot' },
  { name: 'allowHttp', env: 'ALLOW_HTTP', fallback: 'false', summary: 'production over plain http, on loopback only' },
  { name: 'limits', env: 'LIMITS', fallback: 'on', summary: 'off: no rate limits, for test scripts' },
  {
    name: 'logLevel',
    env: 'LOG_LEVEL',
    flag: '--log-level <level>',
    fallback: 'info',
    summary: 'debug, info, warn, error or silent',
  },
] as const satisfies readonly SettingRow[]

/** The name of a setting. */
export type SettingName = (typeof settingRows)[number]['name']

/** A value and who said so. */
export interface Setting {
  readonly value: string | undefined
  readonly source: 'flag' | 'env' | 'env file' | 'config' | 'default' | 'unset'
}

/** All settings, with the options of the config file they were read beside. */
export interface Settings {
  readonly of: Readonly<Record<SettingName, Setting>>
  readonly config: Partial<AuthOptions>
  readonly unknown: readonly UnknownVariable[]
}

/** The environment variable of a setting. */
export const envOf = (row: Pick<SettingRow, 'env'>): string => product.envPrefix + row.env

/** The environment variable of the setting of this name. */
export const envNamed = (name: SettingName): string =>
  product.envPrefix + (settingRows.find((row) => row.name === name)?.env ?? '')

/** A variable with our prefix that sets nothing: what is wrong with it, and what was probably meant. */
export interface UnknownVariable {
  readonly name: string
  readonly message: string
  readonly remedy: string
}

/** @throws BootError when the environment says something this version would read over */
export function assertKnown({ unknown: [first] }: Settings): void {
  if (first) throw new BootError(first.message, first.remedy)
}

/**
 * Reads every setting.
 *
 * @throws BootError when a variable and its `_FILE` are both set, or a named file cannot be read
 */
export async function readSettings(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  const config = await readConfig(typeof flags.config === 'string' ? flags.config : undefined)
  const given = configValues(config)
  const entries = settingRows.map((row: SettingRow): [string, Setting] => {
    const flag = row.flag === undefined ? undefined : flags[row.name]
    if (flag !== undefined) return [row.name, { value: String(flag), source: 'flag' }]
    const fromEnv = readEnv(row, env)
    if (fromEnv) return [row.name, fromEnv]
    const fromConfig = given[row.name]
    if (fromConfig !== undefined) return [row.name, { value: fromConfig, source: 'config' }]
    return [row.name, { value: row.fallback, source: row.fallback === undefined ? 'unset' : 'default' }]
  })
  return { of: Object.fromEntries(entries) as Settings['of'], config, unknown: unknownIn(env) }
}

function readEnv(row: SettingRow, env: Readonly<Record<string, string | undefined>>): Setting | undefined {
  const name = envOf(row)
  const value = env[name] || undefined
  const file = env[`${name}_FILE`] || undefined
  if (value !== undefined && file !== undefined)
    throw new BootError(`${name} and ${name}_FILE are both set`, 'Set one of the two.')
  if (file === undefined) return value === undefined ? undefined : { value, source: 'env' }
  try {
    return { value: readFileSync(file, 'utf8').trim(), source: 'env file' }
  } catch (cause) {
    throw new BootError(`the file named by ${name}_FILE cannot be read`, 'Check its path and its permissions.', cause)
  }
}

function unknownIn(env: Readonly<Record<string, string | undefined>>): UnknownVariable[] {
  const withFiles = (names: readonly string[]) => names.flatMap((name) => [name, `${name}_FILE`])
  const known = withFiles(settingRows.map((row) => row.env))
  return Object.keys(env)
    .filter((name) => name.startsWith(product.envPrefix) && !known.includes(name.slice(product.envPrefix.length)))
    .map((name) => {
      const word = name.slice(product.envPrefix.length)
      const guess = closest(word, known)
      const remedy =
        guess === undefined
          ? `Unset it; all settings are listed by: ${product.name} config print`
          : `Did you mean ${product.envPrefix}${guess}?`
      return { name, message: `${name} is no setting`, remedy }
    })
}

/** Settings that a config file can also say. Its secret is only a mark here: the options carry the value, which may be a list. */
function configValues({
  baseUrl,
  secret,
  storage,
  http,
  email,
}: Partial<AuthOptions>): Readonly<Record<string, string | undefined>> {
  return {
    baseUrl,
    databaseUrl: storage?.location,
    secret: secret === undefined ? undefined : 'in the config file',
    trustProxy: http?.trustProxy?.join(','),
    limits: http?.limits === false ? 'off' : undefined,
    emailVerification: typeof email?.verification === 'object' ? email.verification.fixed : email?.verification,
  }
}

/** @throws BootError when the file cannot be loaded or its default export is no object */
async function readConfig(named: string | undefined): Promise<Partial<AuthOptions>> {
  const path = resolve(named ?? `${product.name}.config.ts`)
  if (!existsSync(path)) {
    if (named === undefined) return {}
    throw new BootError(`there is no config file at ${named}`, 'Check the path given with --config.')
  }
  const { createJiti } = await import('jiti')
  try {
    const options: unknown = await createJiti(path, { fsCache: false }).import(path, { default: true })
    if (typeof options === 'object' && options !== null) return options
  } catch (cause) {
    throw new BootError(
      `${path} cannot be loaded`,
      cause instanceof Error ? cause.message : 'Run it by itself to see why.',
      cause,
    )
  }
  throw new BootError(`${path} exports no options`, 'Export them: export default { ... }.')
}
