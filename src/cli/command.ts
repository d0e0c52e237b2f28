/**
 * What commands have in common. The house is loaded by what works in it: help, a version and a misspelt flag do not wait for it.
 *
 * @module
 */
import { Command } from 'commander'
import type { House } from '../server.ts'
import type { Needs, Prepared } from './server-config.ts'
import { assertKnown, readSettings, type Settings, settingRows } from './settings.ts'

/** Flags as commander hands them over. */
export type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean }

/** A command that takes `--json`, `--config` and a flag for every setting that has one. */
export function leaf(name: string, summary: string): Command {
  const command = new Command(name).description(summary)
  command.option('--json', 'answer in JSON').option('--config <file>', 'options, as a default export')
  for (const row of settingRows) if ('flag' in row) command.option(row.flag, row.summary)
  return command
}

/** A word that groups commands. */
export function group(name: string, summary: string, commands: readonly Command[]): Command {
  const parent = new Command(name).description(summary)
  for (const command of commands) parent.addCommand(command)
  return parent
}

/** The settings of this process. */
export const settingsOf = (flags: Flags): Promise<Settings> => readSettings(flags, process.env)

/** The configuration for a command. @throws BootError for what cannot be used, or would be read over */
export async function preparedFor(flags: Flags, needs: Needs): Promise<Prepared & { readonly settings: Settings }> {
  const settings = await settingsOf(flags)
  assertKnown(settings)
  const { prepare } = await import('./server-config.ts')
  return { ...prepare(settings, needs), settings }
}

/** What a command takes for granted unless it says otherwise: the secret and the database of a server that has run. */
const furnished: Needs = { secret: 'find', database: 'find' }

/** Opens the house, works in it, and closes it whatever happens. */
export async function inHouse<T>(
  flags: Flags,
  work: (house: House) => Promise<T>,
  needs: Partial<Needs> = furnished,
): Promise<T> {
  const { config } = await preparedFor(flags, { ...furnished, ...needs })
  const { openHouse } = await import('../server.ts')
  const house = openHouse(config)
  try {
    return await work(house)
  } finally {
    await house.close()
  }
}

/** The name operators go by in the audit log. */
export const operator = 'cli'
