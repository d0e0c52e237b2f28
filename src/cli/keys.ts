import type { Command } from 'commander'
import { type Flags, group, inHouse, leaf, operator } from './command.ts'
import { print, table } from './output.ts'

/** `keywright keys`. */
export const keysCommand = (): Command => group('keys', 'the keys that sign access tokens', [init(), list(), rotate(), retire()])

const show = (key: { kid: string; alg: string; state: string; activeAt: string }) => [key.state, key.alg, key.kid, key.activeAt]

const init = (): Command =>
  leaf('init', 'make the secret and the first key, where there are none').action((flags: Flags) =>
    inHouse(
      flags,
      async ({ auth, schema }) => {
        await schema.up()
        const { keys } = await auth.asSystem(operator).keys.list()
        print(flags.json, { keys }, () => table(keys.map(show)))
      },
      { secret: 'generate', database: 'make' },
    ),
  )

const list = (): Command =>
  leaf('list', 'newest first').action((flags: Flags) =>
    inHouse(flags, async ({ auth }) => {
      const { keys } = await auth.asSystem(operator).keys.list()
      print(flags.json, { keys }, () => table(keys.map(show)))
    }),
  )

const rotate = (): Command =>
  leaf('rotate', 'make the key that signs next').action((flags: Flags) =>
    inHouse(flags, async ({ auth }) => {
      const key = await auth.asSystem(operator).keys.rotate()
      print(flags.json, { key }, () => table([show(key)]))
    }),
  )

const retire = (): Command =>
  leaf('retire', 'stop signing with a key')
    .argument('<kid>')
    .action((kid: string, flags: Flags) =>
      inHouse(flags, async ({ auth }) => {
        const key = await auth.asSystem(operator).keys.retire({ kid })
        print(flags.json, { key }, () => table([show(key)]))
      }),
    )
