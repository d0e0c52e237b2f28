import type { Command } from 'commander'
import { type Flags, group, inHouse, leaf } from './command.ts'
import { print, table, UsageError } from './output.ts'

/** `keywright migrate`. The schema needs no secret: its statements hold no data. */
export const migrateCommand = (): Command => group('migrate', 'the database schema', [status(), up(), down(), plan()])

const status = (): Command =>
  leaf('status', 'which steps are applied').action((flags: Flags) =>
    inHouse(
      flags,
      async ({ schema }) => {
        const migrations = await schema.status()
        print(flags.json, { migrations }, () => table(migrations.map(({ name, state }) => [state, name])))
      },
      { secret: 'none' },
    ),
  )

const plan = (): Command =>
  leaf('plan', 'the statements that up would run').action((flags: Flags) =>
    inHouse(
      flags,
      async ({ schema }) => {
        const steps = await schema.plan()
        print(flags.json, { steps }, () =>
          steps.flatMap(({ name, statements }) => [`-- ${name}`, ...statements.map((one) => `${one};`)]),
        )
      },
      { secret: 'none' },
    ),
  )

const up = (): Command =>
  leaf('up', 'apply what is pending').action((flags: Flags) =>
    inHouse(
      flags,
      async ({ schema }) => {
        const applied = await schema.up()
        print(flags.json, { applied }, () => (applied.length === 0 ? 'nothing to do' : applied.map((name) => `applied ${name}`)))
      },
      { secret: 'none', database: 'make' },
    ),
  )

const down = (): Command =>
  leaf('down', 'take steps back, with their data')
    .argument('[steps]', 'how many', '1')
    .option('--yes', 'do not ask')
    .action(async (typed: string, flags: Flags) => {
      const steps = Number(typed)
      if (!Number.isInteger(steps) || steps < 1) throw new UsageError('steps is a number from 1 on')
      if (!(flags.yes === true || (await confirmed(`Take ${steps} back? Their data is lost.`))))
        throw new UsageError('not confirmed')
      await inHouse(
        flags,
        async ({ schema }) => {
          const removed = await schema.down(steps)
          print(flags.json, { removed }, () => removed.map((name) => `removed ${name}`))
        },
        { secret: 'none' },
      )
    })

async function confirmed(message: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('this removes data: say --yes where nobody can be asked')
  const { confirm } = await import('@clack/prompts')
  return (await confirm({ message, initialValue: false })) === true
}
