/**
 * Named places at which a server can be made to die, fail or dawdle: around each statement that writes, each commit, each announcement, and
 * around the answer. They sit in the pool, the mail provider and the listener that a server under test is given; the product knows nothing of them.
 *
 * A name is `operation > step > before|after`. An operation is what the caller says in `x-operation`; the same step twice in one operation
 * has a number. One caller at a time gives names their meaning; among several `* > step > before|after` is armed, in whatever operation.
 *
 * @module
 */
import type { RequestListener, ServerResponse } from 'node:http'
import type { PgClient, PgPool, PgResult } from '../../src/postgres.ts'
import type { PgQuery } from '../../src/storage/postgres-pool.ts'
import type { IEmailProvider } from '../../src/stores.ts'

/** What happens at a failpoint. */
export type Mode = 'kill' | 'throw' | 'delay'

/** The failpoints of one process. */
export interface Failpoints {
  pool(inner: PgPool): PgPool
  listener(inner: RequestListener): RequestListener
  mail(inner: IEmailProvider): IEmailProvider
  /** Work that no request does. */
  during<T>(operation: string, work: () => Promise<T>): Promise<T>
  /** `name:mode`, once; nothing disarms. */
  arm(spec: string | undefined): void
  /** All names that were passed since the last call, in order. */
  passed(): string[]
}

const delayMs = 300

/** Makes them; `spec` is armed from the start. `jobs`: also around taking jobs, which happens by the clock and so in no operation of its own. */
export function createFailpoints(spec: string | undefined, jobs = false): Failpoints {
  let operation = 'boot'
  let armed = parse(spec)
  const counts = new Map<string, number>()
  const names = new Set<string>()

  function begin(name: string): void {
    operation = name
    counts.clear()
  }

  /** @returns the step's name, with its number */
  function numbered(step: string): string {
    const key = `${operation} > ${step}`
    const nr = (counts.get(key) ?? 0) + 1
    counts.set(key, nr)
    return nr === 1 ? key : `${key} ${nr}`
  }

  async function hit(name: string): Promise<void> {
    names.add(name)
    if (armed?.name !== name && armed?.name !== anywhere(name)) return
    const { mode } = armed
    armed = undefined
    if (mode === 'kill') process.kill(process.pid, 'SIGKILL')
    if (mode === 'throw') throw Object.assign(new Error(`failpoint ${name}`), { code: 'ECONNRESET' })
    await new Promise((resolve) => setTimeout(resolve, delayMs))
  }

  async function query(inner: PgClient, config: PgQuery): Promise<PgResult> {
    const step = jobs && config.text.startsWith('with "due"') ? 'claim job' : stepOf(config.text)
    if (step === undefined) return inner.query(config)
    const name = numbered(step)
    await hit(`${name} > before`)
    const result = await inner.query(config)
    await hit(`${name} > after`)
    return result
  }

  return {
    pool: (inner) => ({
      connect: async () => watched(await inner.connect(), query),
      end: () => inner.end(),
      on: (event, listener) => inner.on(event, listener),
      ...(inner.options && { options: inner.options }),
    }),
    listener: (inner) => (req, res) => {
      begin(String(req.headers['x-operation'] ?? `${req.method} ${req.url?.split('?', 1)[0]}`))
      const answer = numbered('answer')
      holdBack(res, () => hit(`${answer} > before`))
      res.once('finish', () => void hit(`${answer} > after`).catch(() => res.destroy()))
      inner(req, res)
    },
    mail: (inner) => ({
      async send(message, options) {
        const name = numbered('send')
        await hit(`${name} > before`)
        await inner.send(message, options)
        await hit(`${name} > after`)
      },
    }),
    async during(name, work) {
      begin(name)
      return work()
    },
    arm(next) {
      armed = parse(next)
    },
    passed() {
      const list = [...names]
      names.clear()
      return list
    },
  }
}

/** The name without its operation and number. */
const anywhere = (name: string): string => `*${name.slice(name.indexOf(' > ')).replace(/ \d+(?= > )/, '')}`

function watched(inner: PgClient, query: (inner: PgClient, config: PgQuery) => Promise<PgResult>): PgClient {
  return new Proxy(inner, {
    get(target, property) {
      if (property === 'query') return (config: PgQuery) => query(target, config)
      const value: unknown = Reflect.get(target, property)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Nothing of an answer leaves before `ready`. */
function holdBack(res: ServerResponse, ready: () => Promise<void>): void {
  const end = res.end.bind(res)
  res.end = ((...args: Parameters<typeof end>) => {
    ready().then(
      () => end(...args),
      () => res.destroy(),
    )
    return res
  }) as typeof res.end
}

/** Readings have no failpoint: nothing is half done before or after them that was not before. */
function stepOf(text: string): string | undefined {
  if (text === 'begin' || text === 'commit') return text
  if (text.startsWith('select pg_notify')) return 'announce'
  const [, verb, table] = /^(insert|update|delete)\s+(?:into\s+|from\s+)?"?(\w+)/i.exec(text) ?? []
  return verb && table ? `${verb} ${table}` : undefined
}

function parse(spec: string | undefined): { readonly name: string; readonly mode: Mode } | undefined {
  if (!spec) return undefined
  const at = spec.lastIndexOf(':')
  const mode = spec.slice(at + 1)
  if (mode !== 'kill' && mode !== 'throw' && mode !== 'delay')
    throw new Error(`a failpoint is name:kill, name:throw or name:delay: ${spec}`)
  return { name: spec.slice(0, at), mode }
}
