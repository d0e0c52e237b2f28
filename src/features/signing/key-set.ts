/**
 * The keys of this process in memory: read again once a minute, and at once when a token names a key we have not seen.
 *
 * Invariant: however many unknown key ids arrive, they cause at most one extra reading a minute, so that garbage tokens cannot become
 * database load. Rotation does not depend on that reading: a new key is published for longer than `refreshMs` before it signs.
 *
 * @module
 */
import type { Ctx } from '../../kernel/ctx.ts'
import type { SigningKey } from './keys.ts'

/** How old the keys in memory may get. */
export const refreshMs = 60_000

/** Keys by id. */
export type Keys = ReadonlyMap<string, SigningKey>

/** Keeps what `load` answers. A failed reading is not kept: the next caller asks again. */
export function createKeySet(load: (ctx: Ctx) => Promise<readonly SigningKey[]>, clock: { monotonicMs(): number }) {
  let latest: Promise<Keys> | undefined
  let loadedMs = 0
  let searchedMs = Number.NEGATIVE_INFINITY

  function reload(ctx: Ctx): Promise<Keys> {
    const loading = load(ctx).then((keys) => new Map(keys.map((key) => [key.kid, key])))
    latest = loading
    loadedMs = clock.monotonicMs()
    loading.catch(() => {
      if (latest === loading) latest = undefined
    })
    return loading
  }

  const current = (ctx: Ctx): Promise<Keys> => (latest && clock.monotonicMs() - loadedMs < refreshMs ? latest : reload(ctx))

  async function find(ctx: Ctx, kid: string): Promise<SigningKey | undefined> {
    const known = (await current(ctx)).get(kid)
    if (known) return known
    const maySearch = clock.monotonicMs() - searchedMs >= refreshMs
    if (maySearch) searchedMs = clock.monotonicMs()
    const keys = await (maySearch ? reload(ctx) : current(ctx)) // the latter joins a search that is under way
    return keys.get(kid)
  }

  return { current, find, reload }
}
