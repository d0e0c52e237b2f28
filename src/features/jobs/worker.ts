/**
 * The worker of this process: takes what is due, tries it, and says how it went.
 *
 * Invariant: a job leaves the table only when its work has ended well, and by the worker that holds its lease. A worker that dies loses
 * nothing: its lease runs out, and the next attempt has the same id.
 *
 * @module
 */
import { z } from 'zod'
import type { Clock, Logger } from '../../kernel/ambient/ambient.ts'
import { randomFraction, randomToken } from '../../kernel/crypto/random.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { delayAfter, failureText, HopelessJob, type JobHandler } from './kinds.ts'
import type { IQueueAdapter } from './queue.ts'
import type { JobRow, JobStore } from './store.sql.ts'

interface WorkerDeps {
  readonly store: JobStore
  readonly clock: Clock
  readonly logger: Logger
  handlers(): readonly JobHandler[]
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Runs work in the background; `close` waits for it. */
  later(work: () => Promise<void>, onFailure: string): void
  /** A queue of the application that carries jobs between its processes; without one each process asks the table. */
  readonly queue: IQueueAdapter | undefined
  /** When it is aborted no more work is taken; what is under way ends by itself. */
  readonly stopping: AbortSignal
}

/** A lease outlives the attempt, so that its end can be written. */
const graceMs = 30_000
/** How long a job may stand in a queue of the application before it is handed to it again. */
const queueMs = 300_000
const queueName = 'keywright'
/** What the queue carries. */
const messageOf = z.object({ id: z.string(), lease: z.string() })
/** Said of a job whose attempts have all ended without a word: most likely it ends its process. */
const unended = 'no attempt came to an end'

/** Builds the worker. Nothing runs before {@link Worker.poke} is called. */
export function createWorker({ store, clock, logger, handlers, transaction, later, queue, stopping }: WorkerDeps) {
  const active = new Map<string, number>()
  /** Kinds that are being looked for; `true` when somebody asked for one meanwhile. */
  const looking = new Map<string, boolean>()

  /** Looks for work of every kind. */
  function poke(): void {
    for (const handler of handlers()) fill(handler)
  }

  function fill(handler: JobHandler): void {
    const isUnderWay = looking.has(handler.kind)
    looking.set(handler.kind, isUnderWay)
    if (isUnderWay || stopping.aborted) return
    later(async () => {
      try {
        do looking.set(handler.kind, false)
        while (((await take(handler)) || looking.get(handler.kind)) && !stopping.aborted)
      } finally {
        looking.delete(handler.kind)
      }
    }, 'jobs could not be taken; they are looked for again')
  }

  /** @returns whether there may be more for the queue */
  async function take(handler: JobHandler): Promise<boolean> {
    const free = handler.concurrency - (active.get(handler.kind) ?? 0)
    if (free <= 0) return false
    const lease = randomToken(16)
    const now = clock.now()
    const until = queue ? new Date(now.getTime() + queueMs) : leaseEnd(handler)
    const rows = await store.claim(handler.kind, { limit: free, now, lease, until, isAttempt: queue === undefined })
    for (const row of rows) {
      if (queue) await queue.enqueue(queueName, row.kind, { id: row.id, lease })
      else start(handler, row, lease)
    }
    return rows.length === free && queue !== undefined
  }

  function start(handler: JobHandler, row: JobRow, lease: string): void {
    active.set(handler.kind, (active.get(handler.kind) ?? 0) + 1)
    later(async () => {
      try {
        await attempt(handler, row, lease)
      } finally {
        active.set(handler.kind, (active.get(handler.kind) ?? 1) - 1)
        fill(handler)
      }
    }, 'the outcome of a job could not be written; it is tried again')
  }

  /** An attempt has the whole of its time, and a little more, so that its end can be written. */
  const leaseEnd = ({ timeoutMs }: JobHandler) => new Date(clock.now().getTime() + timeoutMs + graceMs)

  async function attempt(handler: JobHandler, row: JobRow, lease: string): Promise<void> {
    if (row.attempts > handler.attempts) return putBack(handler, row, lease, new HopelessJob(unended))
    try {
      await within(handler.timeoutMs, (signal) =>
        handler.run(ctxOf(row, clock.now()), { id: row.id, payload: row.payload, number: row.attempts, signal }),
      )
    } catch (error) {
      await putBack(handler, row, lease, error)
      return
    }
    await store.remove(row.id, lease)
  }

  async function putBack(handler: JobHandler, row: JobRow, lease: string, error: unknown): Promise<void> {
    const isDead = error instanceof HopelessJob || row.attempts >= handler.attempts
    const dueAt = isDead ? null : new Date(clock.now().getTime() + delayAfter(row.attempts, randomFraction()))
    const outcome = { dueAt, error: failureText(error) }
    const wasOurs = isDead ? await giveUp(handler, row, lease, outcome) : await store.putBack(row.id, lease, outcome)
    if (isDead && wasOurs)
      logger.error({ err: error, kind: row.kind, id: row.id }, 'a job was given up; `jobs redrive` tries it again')
    else logger.warn({ err: error, kind: row.kind, id: row.id, attempt: row.attempts }, 'a job failed; it is tried again')
  }

  function giveUp(handler: JobHandler, row: JobRow, lease: string, outcome: { dueAt: null | Date; error: string }) {
    return transaction(ctxOf(row, clock.now()), async (tx) => {
      const wasOurs = await store.putBack(row.id, lease, outcome, tx)
      if (wasOurs) handler.lost?.(tx, row.payload)
      return wasOurs
    })
  }

  /**
   * Work that a queue of the application hands to this process; how many at once is the queue's to say. A message that comes again, or whose
   * job was handed over anew, is nothing. A rejection says that the queue may give it to somebody else.
   */
  async function workOff(kind: string, payload: unknown): Promise<void> {
    const message = messageOf.parse(payload)
    const handler = handlers().find((one) => one.kind === kind)
    if (!handler) throw new Error(`this process does not do ${kind}`)
    if (stopping.aborted) throw new Error('this process is about to end')
    await new Promise<void>((resolve, reject) => {
      later(() => beginAndTry(handler, message).then(resolve, reject), 'a message of the queue was not worked off')
    })
  }

  async function beginAndTry(handler: JobHandler, { id, lease: from }: z.output<typeof messageOf>): Promise<void> {
    const lease = randomToken(16)
    const row = await store.begin(handler.kind, { id, from, lease, until: leaseEnd(handler) })
    if (row) await attempt(handler, row, lease)
  }

  return {
    poke,
    /** Begins to take work from the application's queue, if there is one. */
    async listen(): Promise<void> {
      await queue?.registerWorker(queueName, ({ name, payload }) => workOff(name, payload))
    },
  }
}

const ctxOf = ({ id, kind, pool_id, tenant_id }: JobRow, at: Date): Ctx => ({
  poolId: pool_id,
  tenantId: tenant_id,
  actor: { kind: 'system', id: `${kind} ${id}` },
  at,
})

async function within(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stopper = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      stopper.abort()
      reject(new Error(`no end after ${ms} ms`))
    }, ms)
  })
  try {
    await Promise.race([work(stopper.signal), overdue])
  } finally {
    clearTimeout(timer)
  }
}
