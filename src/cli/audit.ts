import type { Command } from 'commander'
import { type Flags, group, inHouse, leaf, operator } from './command.ts'
import { print, table } from './output.ts'

/** `keywright audit`. */
export const auditCommand = (): Command => group('audit', 'who did what', [tail()])

interface TailFlags extends Flags {
  readonly limit: string
  readonly action?: string
  readonly user?: string
}

const tail = (): Command =>
  leaf('tail', 'the last entries, newest last')
    .option('--limit <n>', 'at most', '20')
    .option('--action <name>', 'only this event')
    .option('--user <id>', 'only about this user')
    .action((flags: TailFlags) =>
      inHouse(flags, async ({ auth }) => {
        const query = { limit: flags.limit, action: flags.action, userId: flags.user }
        const page = await auth.asSystem(operator).audit.list(query)
        const entries = page.entries.toReversed()
        print(flags.json, { entries }, () =>
          table(entries.map(({ at, actor, action, target }) => [at, `${actor.kind}:${actor.id}`, action, target])),
        )
      }),
    )
