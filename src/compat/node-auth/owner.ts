/**
 * Whose people a configuration and a storage let in.
 *
 * Invariant: sessions that are kept in one place are of one user store. Two would know each other's people by the same ids: somebody who logged
 * in to one would be let in by the other as whoever has that id there.
 * Not here: two storages opened on one database; the guide says that a database has one user store.
 *
 * @module
 */
import { BootError } from '../../index.ts'
import type { IUserStore } from './user-store.ts'

interface Owner {
  readonly users: IUserStore
  holders: number
}

const owners = new WeakMap<object, Owner>()

/**
 * Claims what sessions are kept with for one user store.
 *
 * @returns a function that gives the claim up
 * @throws BootError while another user store holds one of them
 */
export function claim(named: { readonly configuration: object; readonly storage: object | undefined }, users: IUserStore) {
  const held = Object.entries(named).flatMap(([name, thing]): [string, object][] => (thing ? [[name, thing]] : []))
  const taken = held.find(([, thing]) => (owners.get(thing)?.users ?? users) !== users)
  if (taken)
    throw new BootError(
      `another user store has this ${taken[0]}`,
      'Give each user store a configuration and a storage of its own, or close the first: auth.keywright.close().',
    )
  const claimed = held.map(([, thing]) => {
    const owner = owners.get(thing) ?? { users, holders: 0 }
    owner.holders += 1
    owners.set(thing, owner)
    return { thing, owner }
  })
  return () => {
    for (const { thing, owner } of claimed.splice(0)) {
      owner.holders -= 1
      if (owner.holders === 0) owners.delete(thing)
    }
  }
}
