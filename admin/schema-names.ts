/**
 * Stands in for zod in the bundle of the panel: of a contract the client needs the names of fields, and the server judges values anyway.
 * It saves a tenth of what the panel loads first. Types come from zod itself.
 *
 * @module
 */
type Anything = Readonly<Record<string, unknown>> & ((...given: unknown[]) => Anything)

const known: Record<string | symbol, unknown> = {
  shape: {},
  // A promise is told by its `then`.
  // biome-ignore lint/suspicious/noThenProperty: that is what it must not have
  then: undefined,
  safeParse: () => ({ success: true }),
}

/** Whatever is asked of it and however it is called, it is the same again. */
const anything: Anything = new Proxy((() => anything) as unknown as Anything, {
  get: (_, key) => (key in known ? known[key] : anything),
})

type Shape = Readonly<Record<string, unknown>>

/** A schema whose fields have names. */
function named(shape: Shape): Anything {
  const own: Record<string, unknown> = {
    shape,
    extend: (more: Shape) => named({ ...shape, ...more }),
    omit: (keys: Shape) => named(Object.fromEntries(Object.entries(shape).filter(([key]) => !(key in keys)))),
    pick: (keys: Shape) => named(Object.fromEntries(Object.entries(shape).filter(([key]) => key in keys))),
    // biome-ignore lint/suspicious/noThenProperty: as above
    then: undefined,
    safeParse: known.safeParse,
  }
  const self: Anything = new Proxy((() => self) as unknown as Anything, {
    get: (_, key) => (typeof key === 'string' && Object.hasOwn(own, key) ? own[key] : self),
  })
  return self
}

export const z = new Proxy(anything, {
  get: (_, key) => (key === 'object' || key === 'strictObject' || key === 'looseObject' ? named : anything),
})
