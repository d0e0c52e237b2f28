import type { Command } from 'commander'
import { type Flags, group, inHouse, leaf, operator } from './command.ts'
import { print, table, UsageError } from './output.ts'

/** `keywright jobs`. */
export const jobsCommand = (): Command => group('jobs', 'work that happens later, such as mail', [list(), redrive()])

interface ListFlags extends Flags {
  readonly limit: string
  readonly kind?: string
  readonly dead?: true
}

const list = (): Command =>
  leaf('list', 'what is owed, oldest first')
    .option('--limit <n>', 'at most', '20')
    .option('--kind <name>', 'only of this kind')
    .option('--dead', 'only what was given up')
    .action((flags: ListFlags) =>
      inHouse(flags, async ({ auth }) => {
        const { jobs } = await auth.asSystem(operator).jobs.list({
          limit: flags.limit,
          kind: flags.kind,
          state: flags.dead && 'dead',
        })
        print(flags.json, { jobs }, () =>
          table(
            jobs.map(({ state, kind, attempts, dueAt, id, lastError }) => [state, kind, `${attempts}`, dueAt, id, lastError]),
          ),
        )
      }),
    )

interface RedriveFlags extends Flags {
  readonly kind?: string
  readonly all?: true
}

const redrive = (): Command =>
  leaf('redrive', 'try again what was given up')
    .argument('[id]', 'one job')
    .option('--kind <name>', 'all of this kind')
    .option('--all', 'all of every kind')
    .action((id: string | undefined, flags: RedriveFlags) => {
      if ([id, flags.kind, flags.all].filter((one) => one !== undefined).length !== 1)
        throw new UsageError('redrive takes one of: an id, --kind, --all')
      return inHouse(flags, async ({ auth }) => {
        const { redriven } = await auth.asSystem(operator).jobs.redrive({ id, kind: flags.kind })
        print(flags.json, { redriven }, () => `${redriven} tried again`)
      })
    })
