import type { AuthOptions } from '../../src/app/options.ts'
import { queryBuilderSessions } from './device-sessions.ts'
import { queryBuilderPasswords } from './passwords.ts'
import { queryBuilderUsers } from './query-builder-users.ts'

/** The tables of an application that writes SQL itself; `path` makes them shared between processes. */
export const applicationAt = (path?: string) => ({
  users: queryBuilderUsers(path),
  passwords: queryBuilderPasswords(path),
  sessions: queryBuilderSessions(path),
})

/** A moment at which a process dies, such as `before passwords.set`. */
export type Death = `${'before' | 'after'} ${string}.${string}`

/** The same tables, in a process that ends at a moment as a power cut would end it. */
export function dyingAt(path: string, death: Death | undefined): NonNullable<AuthOptions['stores']> {
  const [when, call] = death?.split(' ') ?? []
  const die = (): Promise<never> => {
    process.kill(process.pid, 'SIGKILL')
    return new Promise(() => {})
  }
  const doomed = <S extends object>(name: string, store: S): S =>
    new Proxy(store, {
      get(target, method, receiver) {
        const sound: unknown = Reflect.get(target, method, receiver)
        if (typeof sound !== 'function' || call !== `${name}.${String(method)}`) return sound
        return async (...args: unknown[]) => {
          if (when === 'before') return die()
          await sound(...args)
          return die()
        }
      },
    })
  const { users, passwords, sessions } = applicationAt(path)
  return { users: doomed('users', users), passwords: doomed('passwords', passwords), sessions: doomed('sessions', sessions) }
}
