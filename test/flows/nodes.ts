import type { IQueueAdapter } from '../../src/stores.ts'
import type { OpenedEngine } from '../engines.ts'
import { houseOn, storageAt } from './house.ts'

/** A promise that is kept from outside. */
export function signal() {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give }
}

/** Nodes on one database, whose workers are at work when the test says so. */
export async function nodesOn(open: () => Promise<OpenedEngine>, startAt?: string) {
  const engine = await open()
  const houses: ReturnType<typeof houseOn>[] = []

  function node(queue?: IQueueAdapter) {
    const storage = houses.length === 0 || engine.location === undefined ? engine.storage : storageAt(engine.location)
    const house = houseOn(storage, { infra: { runJobs: false, ...(queue && { queue }) } }, { jobsAtOnce: true }, startAt)
    houses.push(house)
    const system = house.auth.asSystem('test')
    return {
      ...house,
      system,
      makeUser: (email: string) => system.users.create({ identifier: email }),
      async work() {
        await house.service('events').dispatch()
        house.service('jobs').worker.poke()
        await house.background.settled()
      },
    }
  }

  async function close() {
    for (const house of houses) await house.auth.close()
    await engine.cleanup()
  }
  return { node, close }
}
