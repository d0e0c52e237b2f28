import type { AuthEvent, EventName } from '../kernel/contract/event.ts'

/** Everything that happened, in the order of its commits. */
export interface EventTrap {
  ofType<N extends EventName>(name: N): readonly AuthEvent<N>[]
  /** The first event of this name that `next` has not answered before; waits for it if need be. */
  next<N extends EventName>(name: N): Promise<AuthEvent<N>>
}

/** Listens through `on`. */
export function trapEvents(on: (pattern: '*', listener: (event: AuthEvent) => void) => void): EventTrap {
  const caught: AuthEvent[] = []
  const answered = new Map<EventName, number>()
  const waiting = new Set<() => void>()

  // The name decides the type; the compiler cannot follow that through a generic union.
  const ofType = <N extends EventName>(name: N) => caught.filter((event) => event.event === name) as AuthEvent[] as AuthEvent<N>[]

  on('*', (event) => {
    caught.push(event)
    for (const look of [...waiting]) look()
  })

  return {
    ofType,
    next(name) {
      const index = answered.get(name) ?? 0
      answered.set(name, index + 1)
      return new Promise((resolve) => {
        const look = () => {
          const found = ofType(name)[index]
          if (!found) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      })
    },
  }
}
