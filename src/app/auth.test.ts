import { expect, test } from 'vitest'
import { houseOn } from '../../test/flows/house.ts'
import { silentLogger } from '../kernel/ambient/ambient.ts'
import { sqlite } from '../sqlite.ts'
import type { Storage } from '../storage/types.ts'
import { closeAll } from './closing.ts'
import { contracts } from './contracts.ts'

/** A storage whose boot waits until it is let go on, and that says in which order it was used. */
function slowStorage() {
  const memory = sqlite(':memory:')
  const order: string[] = []
  let goOn: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    goOn = resolve
  })
  let begun: () => void = () => {}
  const booting = new Promise<void>((resolve) => {
    begun = resolve
  })
  const storage: Storage = {
    ...memory,
    open(setup) {
      const database = memory.open(setup)
      const schema: typeof database.schema = {
        ...database.schema,
        async up() {
          begun()
          await gate
          const applied = await database.schema.up()
          order.push('migrated')
          return applied
        },
      }
      const close = () => {
        order.push('closed')
        return database.close()
      }
      return { ...database, schema, close }
    },
  }
  return { storage, order, goOn: () => goOn(), booting }
}

test('closing waits for a boot that is under way, and nothing boots again', async () => {
  const { storage, order, goOn, booting } = slowStorage()
  const { auth } = houseOn(storage)
  const ready = auth.ready()
  await booting
  const closed = auth.close()
  goOn()
  await Promise.all([ready, closed])
  expect(order).toEqual(['migrated', 'closed'])
  await expect(auth.ready()).rejects.toMatchObject({ code: 'unavailable' })
  expect((await auth.handle(new Request('https://app.example.com/auth/me'))).status).toBe(503)
  expect(await auth.authenticate({ headers: {} })).toMatchObject({ status: 'unavailable' })
})

test('a queue of the application that cannot be shut down keeps neither the mail nor the database from closing', async () => {
  const { storage, order } = slowStorage()
  const queue = {
    enqueue: async () => '',
    registerWorker: () => {},
    shutdown: () => Promise.reject(new Error('no connection')),
  }
  const transport = { send: async () => {}, shutdown: async () => void order.push('mail') }
  const links = { resetPassword: 'https://app.example.com/new-password' }
  const mail = { from: 'Example <hi@example.com>', transport }
  const logged: string[] = []
  const logger = { ...silentLogger, error: (_: object, message: string) => void logged.push(message) }
  await houseOn(storage, { infra: { queue, logger }, mail, links }).auth.close()
  expect(order).toEqual(['mail', 'closed'])
  expect(logged).toEqual(['something could not be closed; closing without it'])
})

test('what never closes is left behind when its time is over', async () => {
  const logged: [object, string][] = []
  const logger = { ...silentLogger, warn: (details: object, message: string) => void logged.push([details, message]) }
  await closeAll([() => new Promise(() => {}), async () => {}], logger, 1)
  expect(logged).toEqual([[{ left: 1 }, 'something did not close in time; closing without it']])
})

test('what changes credentials or ends sessions asks the database whether the caller still has one', () => {
  const strict = contracts.flatMap(({ name, endpoints }) =>
    Object.entries(endpoints).flatMap(([key, { access }]) =>
      typeof access === 'object' && 'session' in access && 'strict' in access.session ? [`${name}.${key}`] : [],
    ),
  )
  expect(strict.sort()).toEqual([
    'account.delete',
    'account.export',
    'account.exportProved',
    'email.change',
    'impersonation.stop',
    'password.change',
    'password.notMe',
    'sessions.logoutAll',
    'sessions.revoke',
    'sessions.revokeOthers',
  ])
})
