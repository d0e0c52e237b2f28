import type { Command } from 'commander'
import { type Flags, group, inHouse, leaf, operator } from './command.ts'
import { print, table } from './output.ts'

/** `keywright sessions`. */
export const sessionsCommand = (): Command => group('sessions', 'logged-in devices', [list(), revoke()])

const list = (): Command =>
  leaf('list', 'the devices of a user')
    .argument('<userId>')
    .action((userId: string, flags: Flags) =>
      inHouse(flags, async ({ auth }) => {
        const page = await auth.asSystem(operator).sessions.list({ userId })
        print(flags.json, page, () =>
          table(page.sessions.map((one) => [one.sessionHandle, one.device, one.ipAddress, one.lastActiveAt])),
        )
      }),
    )

const revoke = (): Command =>
  leaf('revoke', 'log a device out')
    .argument('<sessionHandle>')
    .action((sessionHandle: string, flags: Flags) =>
      inHouse(flags, async ({ auth }) => {
        await auth.asSystem(operator).sessions.revoke({ sessionHandle })
        print(flags.json, { revoked: sessionHandle }, () => `revoked ${sessionHandle}`)
      }),
    )
