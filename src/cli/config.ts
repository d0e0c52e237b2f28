import type { Command } from 'commander'
import { type Flags, group, leaf, settingsOf } from './command.ts'
import { print, table } from './output.ts'
import { envOf, type Setting, settingRows } from './settings.ts'

/** `keywright config`. */
export const configCommand = (): Command => group('config', 'the settings', [printing()])

const printing = (): Command =>
  leaf('print', 'every setting, its value and where it comes from; secrets are not shown').action(async (flags: Flags) => {
    const { of, unknown } = await settingsOf(flags)
    const settings = settingRows.map((row) => ({
      name: row.name,
      env: envOf(row),
      value: shown(of[row.name], 'secret' in row),
      source: of[row.name].source,
    }))
    print(flags.json, { settings, unknown }, () => [
      ...table(settings.map(({ env, value, source }) => [env, value, source])),
      ...unknown.map(({ message, remedy }) => `${message}. ${remedy}`),
    ])
  })

const shown = ({ value }: Setting, secret: boolean): string | null => (value === undefined ? null : secret ? '[redacted]' : value)
