import type { Command } from 'commander'
import type { AdminApi } from '../index.ts'
import { type Flags, group, inHouse, leaf, operator } from './command.ts'
import { print, table } from './output.ts'

/** `keywright settings`: what operators change while servers run. What a process is told when it starts is in `settings.ts`. */
export const storedSettingsCommand = (): Command =>
  group('settings', 'switches that change while servers run', [list(), set(), reset()])

type Answer = Awaited<ReturnType<AdminApi['settings']['list']>>

const lines = ({ settings }: Answer): readonly string[] =>
  table(
    settings.map(({ name, value, source, summary, problem }) => [
      name,
      JSON.stringify(value),
      source,
      problem?.message ?? summary,
    ]),
  )

const list = (): Command =>
  leaf('list', 'every setting, with what holds and who says so').action((flags: Flags) =>
    inHouse(flags, async ({ auth }) => {
      const answer = await auth.asSystem(operator).settings.list()
      print(flags.json, answer, () => lines(answer))
    }),
  )

/** Sets one, and shows it as it stands then. */
const change = (flags: Flags, name: string, value: Answer['settings'][number]['value']): Promise<void> =>
  inHouse(flags, async ({ auth }) => {
    const { settings } = await auth.asSystem(operator).settings.set({ settings: { [name]: value } })
    const answer = { settings: settings.filter((one) => one.name === name) }
    print(flags.json, answer, () => lines(answer))
  })

const set = (): Command =>
  leaf('set', 'put a value in place of the option: on every server, from the next request on')
    .argument('<name>', 'such as users.registration')
    .argument('<value>', 'JSON; a word needs no quotes')
    .action((name: string, text: string, flags: Flags) => change(flags, name, valueIn(text)))

const reset = (): Command =>
  leaf('reset', 'go back to the option')
    .argument('<name>', 'such as users.registration')
    .action((name: string, flags: Flags) => change(flags, name, null))

/** `false` and `12` are what they look like; `en` is a text. */
function valueIn(text: string): Answer['settings'][number]['value'] {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
