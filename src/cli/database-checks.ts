/**
 * What `doctor` looks at behind an opened house: the database, how nodes hear of each other through it, and the stores of the application.
 *
 * Invariant: looking changes nothing. No table, row or key is made.
 *
 * @module
 */
import { isAuthError } from '../index.ts'
import { product } from '../kernel/product.ts'
import { type House, openHouse, type StoreLook } from '../server.ts'
import { Advice, type Finding, finding, refuse } from './finding.ts'
import { missingFile, type Prepared } from './server-config.ts'

/** Looks at everything that takes an opened house. `secret` is false where one had to be made up. */
export async function houseFindings(
  prepared: Prepared & { readonly secret: boolean },
  dev: boolean,
): Promise<readonly Finding[]> {
  const house = openHouse(prepared.config)
  try {
    return [...(await databaseFindings(house, prepared, dev)), ...(await storeFindings(house))]
  } finally {
    await house.close()
  }
}

async function databaseFindings(
  house: House,
  prepared: Prepared & { readonly secret: boolean },
  dev: boolean,
): Promise<readonly Finding[]> {
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
  const reached = await finding('database', () => house.ping().then(() => location))
  if (!reached.ok) return [reached]
  const clock = await finding('clock', () => clockSkew(house))
  const nodes = [...(await sessionFindings(house)), await finding('bus', () => hears(house))]
  const schema = await finding('schema', () => schemaState(house, dev || config.migrate === true))
  const around = [reached, clock, ...nodes, schema]
  if (schema.level !== 'ok' || !prepared.secret) return around
  return [...around, await finding('signing keys', () => keyAges(house, prepared))]
}

async function schemaState({ schema }: House, migrates: boolean): Promise<string> {
  const behind = (await schema.status()).filter(({ state }) => state !== 'applied')
  if (behind.length === 0) return 'up to date'
  // Tables of a feature that was on, or is on in the server of a developer only, are in nobody's way; what a later version did is refused.
  if (behind.every(({ state }) => state === 'unknown')) {
    await schema.assertCurrent()
    return `up to date, with ${behind.map(({ name }) => name).join(', ')} of features that are off`
  }
  const names = behind.map(({ name, state }) => `${name} is ${state}`).join(', ')
  if (migrates && behind.every(({ state }) => state === 'pending')) throw new Advice(`${names}; the next start migrates`)
  return refuse(names, `Run: ${product.name} migrate up`)
}

/** Nodes share a database and not a clock; tokens of one are judged by another. */
const noticedSkewMs = 1_000
const mostSkewMs = 30_000

async function clockSkew(house: House): Promise<string> {
  const lead = await house.clockLeadMs()
  if (Math.abs(lead) <= noticedSkewMs) return 'agrees with the database'
  const apart = `this clock is ${(Math.abs(lead) / 1000).toFixed(1)} s ${lead < 0 ? 'behind' : 'ahead of'} the database`
  const remedy = 'Synchronise both machines with NTP: sessions and tokens end by the clock.'
  if (Math.abs(lead) > mostSkewMs) return refuse(apart, remedy)
  throw new Advice(apart, remedy)
}

/** Where a pooler in transaction mode stands before the database, LISTEN is lost, and whatever else belongs to a connection. */
async function sessionFindings(house: House): Promise<readonly Finding[]> {
  let applies = true
  const found = await finding('connections', async () => {
    try {
      const keeps = await house.keepsSessions()
      applies = keeps !== undefined
      if (keeps !== false) return 'each keeps its session'
    } catch (error) {
      if (isAuthError(error, 'unavailable')) return 'unknown: it takes two connections at once to tell'
      throw error
    }
    throw new Advice(
      'a pooler in transaction mode stands before the database: LISTEN is lost behind it',
      `Set ${product.envPrefix}REDIS_URL, or let this process connect past the pooler or in session mode.`,
    )
  })
  return applies ? [found] : []
}

/** Beyond this a revocation is seen later than promised. */
const promisedMs = 100

async function hears(house: House): Promise<string> {
  const heard = await house.hearing()
  if (heard.way === 'alone') return 'not needed: nobody else can open this database'
  if (heard.ms !== undefined) {
    const where = heard.way === 'file' ? ` in the file, where a node looks every ${heard.everyMs} ms` : ''
    const told = `heard after ${Math.max(1, Math.round(heard.ms))} ms${where}`
    if (heard.ms <= promisedMs) return told
    throw new Advice(
      `${told}: revocations are promised to be seen within ${promisedMs} ms`,
      'See what is slow between this machine and what carries the bus.',
    )
  }
  if (heard.way === 'file')
    return refuse(
      'what another process commits to the file is not seen here: it would go on serving revoked sessions',
      'Put the database on a local disk.',
    )
  const why = heard.cause instanceof Error ? ` (${heard.cause.message})` : ''
  throw new Advice(
    `what is announced does not arrive${why}: other nodes see a revocation within two seconds, by reading the database`,
    'LISTEN takes a pool of three connections or more and no pooler in transaction mode; a Redis has to answer.',
  )
}

async function storeFindings(house: House): Promise<readonly Finding[]> {
  const looks = await house.stores()
  return Promise.all(looks.map((look) => finding(`store of ${look.store}`, () => storeWorks(look))))
}

function storeWorks({ store, fault, missing }: StoreLook): string {
  if (fault !== undefined)
    return refuse(
      `stores.${store} cannot be read: ${fault}`,
      'Run its suite of keywright/testing: with this store a login answers unavailable.',
    )
  if (missing.length === 0) return 'answers'
  throw new Advice(`it has no ${missing.map(({ method, turnsOff }) => `${method}(): ${turnsOff}`).join('; no ')}`)
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
  throw new Advice(`${age}: a year is long`, `Run: ${product.name} keys rotate`)
}
