import { existsSync, statSync } from 'node:fs'
import type { Command } from 'commander'
import { BootError, isAuthError } from '../index.ts'
import { type House, openHouse } from '../server.ts'
import { type Flags, leaf, settingsOf } from './command.ts'
import { exitCodes, print, table } from './output.ts'
import { prepare } from './server-config.ts'

interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly detail: string
}

/** `keywright doctor`: looks, changes nothing. */
export const doctorCommand = (): Command =>
  leaf('doctor', 'look for what would keep the server from working')
    .option('--dev', 'judge as development')
    .action(async (flags: Flags) => {
      const findings = await examine(flags)
      print(flags.json, { findings }, () => table(findings.map(({ ok, check, detail }) => [ok ? 'ok' : 'FAULT', check, detail])))
      if (findings.some(({ ok }) => !ok)) process.exitCode = exitCodes.boot
    })

async function examine(flags: Flags): Promise<readonly Finding[]> {
  const settings = await settingsOf(flags)
  const findings = [
    await finding('node', async () => process.versions.node),
    await finding('settings', async () => {
      prepare(settings, flags.dev === true ? 'find' : 'given')
      return 'usable'
    }),
    ...settings.unknown.map((name) => ({ check: 'environment', ok: false, detail: `${name} is no setting of this version` })),
  ]
  const { config, data } = prepare(settings, 'none')
  findings.push(await finding('data folder', async () => privacyOf(data.path)))
  // Looking at a database file that is not there would make it.
  if (config.options.storage.location === `sqlite: ${data.databasePath}` && !existsSync(data.databasePath))
    return [...findings, { check: 'database', ok: false, detail: 'is not there yet; the first start makes it' }]
  const house = openHouse(config)
  try {
    findings.push(await finding('database', () => house.ping().then(() => config.options.storage.location)))
    findings.push(await finding('schema', () => schemaOf(house)))
  } finally {
    await house.close()
  }
  return findings
}

function privacyOf(path: string): string {
  if (!existsSync(path)) return `${path} is not there yet`
  if ((statSync(path).mode & 0o077) === 0) return path
  throw new BootError(`others can read ${path}`, `chmod 700 ${path}`)
}

async function schemaOf({ schema }: House): Promise<string> {
  const behind = (await schema.status()).filter(({ state }) => state !== 'applied')
  if (behind.length === 0) return 'up to date'
  throw new BootError(behind.map(({ name, state }) => `${name} is ${state}`).join(', '), 'Run: keywright migrate up')
}

async function finding(check: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { check, ok: true, detail: await look() }
  } catch (error) {
    if (error instanceof BootError) return { check, ok: false, detail: `${error.message}. ${error.remedy}` }
    if (isAuthError(error)) return { check, ok: false, detail: error.detail ?? error.title }
    throw error
  }
}
