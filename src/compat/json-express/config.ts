/**
 * The keys `jex.auth.*`, read strictly.
 *
 * Invariant: what cannot be read is a `BootError` that names the key. Nothing falls back in silence: a registration that was meant to be closed
 * would stay open, a token that was meant to live for an hour would live for a month.
 *
 * @module
 */
import ms, { type StringValue } from 'ms'
import { z } from 'zod'
import { BootError } from '../../index.ts'
import type { VerifierOptions } from '../../verify.ts'
import type { IConfigProvider, ILogger } from './kernel.ts'
import type { World } from './world.ts'

/** What the keys come to. */
export interface Settings {
  readonly secret: string
  /** Where people reach the application: the origin of the links in mails. */
  readonly baseUrl: string
  readonly issuer: string
  readonly audience: string | readonly [string, ...string[]]
  /** Somebody else whose tokens are taken: never for one of ours, and never under our secret. */
  readonly external: Omit<VerifierOptions, 'typ'> | undefined
  readonly accessMs: number
  readonly refreshMs: number
  readonly verifyMs: number
  readonly resetMs: number
  readonly allowRegistration: boolean
  readonly defaultRole: string
  readonly requireVerifiedEmail: boolean
  readonly minPasswordLength: number
  readonly email: {
    readonly appName: string
    readonly verifyUrl: string
    readonly resetUrl: string
    readonly from: string | undefined
  }
  readonly database: string
}

/** Providers turn texts that look like numbers or booleans into those. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String).pipe(z.string().min(1))
const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
}
const flag = text.transform((value) => truths[value.trim().toLowerCase()]).pipe(z.boolean({ error: 'true or false' }))
const list = z.union([z.array(text), text.transform((value) => value.split(',').map((part) => part.trim()))])

/** @param unitMs what a bare number counts */
const lasting = (unitMs: number, leastMs: number) =>
  z
    .union([z.string(), z.number()])
    .transform((value) => lengthOf(String(value).trim(), unitMs))
    .refine((length) => Number.isSafeInteger(length) && length >= leastMs, { error: "a time like '15m', '24h' or '30d'" })

const lengthOf = (value: string, unitMs: number): number =>
  /^\d+$/.test(value) ? Number(value) * unitMs : ms((value === '' ? '?' : value) as StringValue)

const second = 1000
const page = text.pipe(z.url({ protocol: /^https?$/, error: 'an http or https address' }))
const pairs = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
type PairAlgorithm = (typeof pairs)[number]
const isPair = (name: string): name is PairAlgorithm => pairs.some((one) => one === name)

const schema = z.strictObject({
  secret: z.string(),
  jwksUri: page.optional(),
  algorithms: list
    .pipe(
      z
        .array(
          z
            .string()
            .refine((name) => name === 'HS256' || isPair(name), { error: `HS256 for our own, or one of ${pairs.join(', ')}` }),
        )
        .min(1),
    )
    .optional(),
  tokenTtl: lasting(second, second).prefault('1h'),
  refreshTtl: lasting(1, 1).prefault('30d'),
  verifyTtl: lasting(1, 1).prefault('24h'),
  resetTtl: lasting(1, 1).prefault('30m'),
  issuer: text.optional(),
  audience: z.union([z.array(text).min(1), text]).optional(),
  allowRegistration: flag.prefault(true),
  defaultRole: text.prefault('user'),
  requireVerifiedEmail: flag.prefault(false),
  minPasswordLength: text
    .transform(Number)
    .pipe(z.number().int().min(8).max(64, { error: 'a number from 8 to 64' }))
    .prefault(8),
  email: z
    .strictObject({
      appName: text.refine((name) => !/[<>\r\n]/.test(name), { error: 'a name without angle brackets' }).prefault('JSON Express'),
      verifyUrl: page.prefault('http://localhost:3000/auth/verify'),
      resetUrl: page.prefault('http://localhost:3000/auth/password/reset'),
      from: text.optional(),
    })
    .prefault({}),
  database: text.prefault('./.keywright/json-express.db'),
})

type Keys = z.output<typeof schema>

const names = Object.keys(schema.shape).filter((name) => name !== 'email')
const emailNames = ['appName', 'verifyUrl', 'resetUrl', 'from']

/**
 * Reads the keys.
 *
 * @throws BootError that names the key
 */
export function readSettings(config: IConfigProvider, world: World, logger: ILogger): Settings {
  const given = (name: string) => settingOf(config, `auth.${name}`)
  const read = (wanted: readonly string[], prefix = '') =>
    Object.fromEntries(wanted.map((name) => [name, given(prefix + name)]).filter(([, value]) => value !== undefined))
  const isRehearsal = ['development', 'test'].includes(String(settingOf(config, 'mode') ?? world.env.NODE_ENV ?? ''))
  const secret = secretOf(given('secret'), isRehearsal, logger)
  const keys = world.parse(schema, { ...read(names), secret, email: read(emailNames, 'email.') }, 'jex.auth')
  const baseUrl = new URL(keys.email.resetUrl).origin
  const { tokenTtl, refreshTtl, verifyTtl, resetTtl, email, audience = baseUrl, issuer = baseUrl, ...rest } = keys
  return {
    ...rest,
    secret,
    baseUrl,
    issuer,
    audience: typeof audience === 'string' ? audience : (audience as [string, ...string[]]),
    external: externalOf(keys),
    accessMs: tokenTtl,
    refreshMs: refreshTtl,
    verifyMs: verifyTtl,
    resetMs: resetTtl,
    email: { ...email, from: email.from },
  }
}

/** Under the name the plugins of JSON Express ask by, else with the prefix of the environment. */
function settingOf(config: IConfigProvider, key: string): unknown {
  const value = config.get<unknown>(key) ?? config.get<unknown>(`jex.${key}`)
  return value === null || value === '' ? undefined : value
}

const leastBytes = 32
const remedy = 'Make one with: openssl rand -base64 32'

function secretOf(given: unknown, isRehearsal: boolean, logger: ILogger): string {
  if (typeof given === 'number' && !Number.isSafeInteger(given))
    throw new BootError('JEX__AUTH__SECRET was read as a number, and its digits are lost', remedy)
  if (given === undefined) throw new BootError('JEX__AUTH__SECRET is not set: access tokens are signed with it', remedy)
  const secret = String(given)
  if (Buffer.byteLength(secret) >= leastBytes) return secret
  const weak = `JEX__AUTH__SECRET has less than ${leastBytes} bytes`
  if (!isRehearsal) throw new BootError(weak, remedy)
  logger.warn(`${weak}, and is taken in development and tests only. ${remedy}`)
  return secret
}

/** @throws BootError for algorithms nobody would sign with, and for an issuer whose tokens could be meant for anybody */
function externalOf({ jwksUri, algorithms = [], issuer, audience }: Keys): Settings['external'] {
  const [first, ...others] = algorithms.filter(isPair)
  if (jwksUri === undefined) {
    if (algorithms.length === 0 || algorithms.includes('HS256')) return undefined
    throw new BootError(
      `jex.auth.algorithms: ${algorithms.join(', ')} would refuse every token of ours, which are HS256`,
      'Add HS256, or leave the key out. The others are for the tokens of jex.auth.jwksUri.',
    )
  }
  const forUs = typeof audience === 'object' ? audience[0] : audience
  if (issuer === undefined || forUs === undefined)
    throw new BootError(
      'jex.auth.jwksUri says by which keys, and nothing says whose tokens are taken and for whom they are made',
      'Set jex.auth.issuer and jex.auth.audience.',
    )
  return { jwksUrl: jwksUri, issuer, audience: forUs, algorithms: [first ?? 'RS256', ...others] }
}
