import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import type { AdminApi } from '../index.ts'
import { type Flags, group, inHouse, leaf, operator } from './command.ts'
import { print, table } from './output.ts'

/** `keywright audit`. */
export const auditCommand = (): Command => group('audit', 'who did what', [tail()])

interface TailFlags extends Flags {
  readonly limit: string
  readonly action?: string
  readonly user?: string
  readonly actor?: string
  readonly target?: string
  readonly follow?: true
}

type Audit = AdminApi['audit']
type Entry = Awaited<ReturnType<Audit['list']>>['entries'][number]

const tail = (): Command =>
  leaf('tail', 'the last entries, newest last')
    .option('--limit <n>', 'at most', '20')
    .option('--action <name>', 'only this event, or those beneath this name')
    .option('--user <id>', 'only about this user')
    .option('--actor <id>', 'only what this user or system did')
    .option('--target <id>', 'only what was done to this')
    .option('-f, --follow', 'go on with what is added; with --json one entry a line')
    .action((flags: TailFlags) =>
      inHouse(flags, async ({ auth }) => {
        const { audit } = auth.asSystem(operator)
        const { entries } = await audit.list({ limit: flags.limit, ...filterOf(flags) })
        const last = entries.toReversed()
        if (flags.follow) await follow(audit, flags, last)
        else print(flags.json, { entries: last }, () => table(last.map(columnsOf)))
      }),
    )

const filterOf = ({ action, user, actor, target }: TailFlags) => ({ action, userId: user, actor, target })
const columnsOf = ({ at, actor, action, target, data }: Entry) => [
  at,
  `${actor.kind}:${actor.id}`,
  action,
  target,
  JSON.stringify(data),
]

const pollMs = 500
/** An entry bears the instant its request began and shows at its commit: what is this much older may still appear. */
const overlapMs = 30_000
const pageSize = 100

/** Prints entries as they are committed, each once, until the process is told to stop or nobody reads any more. */
async function follow(audit: Audit, flags: TailFlags, last: readonly Entry[]): Promise<void> {
  const stop = stopSignal()
  const widths: number[] = []
  const shown = new Map<string, number>()
  const show = (entry: Entry): void => {
    if (shown.has(entry.id)) return
    shown.set(entry.id, Date.parse(entry.at))
    print(flags.json, entry, () => table([columnsOf(entry)], widths))
  }
  for (const entry of last) show(entry)
  const floor = last[0] ? Date.parse(last[0].at) : 0
  // Of several entries of one instant `last` may hold only the later ones; the others were not asked for.
  for await (const { id, at } of entriesSince(audit, flags, floor)) {
    if (Date.parse(at) > floor) break
    shown.set(id, floor)
  }
  while (!stop.aborted) {
    const newest = Math.max(floor, ...shown.values())
    const since = Math.max(floor, newest - overlapMs)
    for (const [id, at] of shown) if (at < since) shown.delete(id)
    for await (const entry of entriesSince(audit, flags, since)) show(entry)
    await pause(pollMs, undefined, { signal: stop }).catch((error: unknown) => {
      if (!stop.aborted) throw error
    })
  }
}

/** Every entry from an instant on, oldest first, page by page. */
async function* entriesSince(audit: Audit, flags: TailFlags, since: number): AsyncGenerator<Entry> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await audit.list({ ...filterOf(flags), since: new Date(since).toISOString(), limit: pageSize, cursor })
    yield* page.entries
    cursor = page.nextCursor
  }
}

/** Fires at Ctrl+C, at SIGTERM, and when the reader of a pipe has gone. */
function stopSignal(): AbortSignal {
  const stopper = new AbortController()
  const stop = () => stopper.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    stop()
  })
  return stopper.signal
}
