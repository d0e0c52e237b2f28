import type { Command } from 'commander'
import { type Flags, group, inHouse, leaf, operator } from './command.ts'
import { print, table } from './output.ts'

/** `keywright sessions`. */
export const sessionsCommand = (): Command => group('sessions', 'logged-in devices', [list(), revoke(), revokeAll()])

interface ListFlags extends Flags {
  readonly limit: string
  readonly cursor?: string
  readonly ip?: string
}

const list = (): Command =>
  leaf('list', 'logged-in devices, newest first')
    .argument('[userId]', 'only of this user')
    .option('--limit <n>', 'at most', '100')
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--ip <address>', 'only from this address, or from those that begin like this')
    .action((userId: string | undefined, flags: ListFlags) =>
      inHouse(flags, async ({ auth }) => {
        const { limit, cursor, ip } = flags
        const page = await auth.asSystem(operator).sessions.list({ userId, limit, cursor, ip })
        const ofUser = (one: { userId: string }) => (userId === undefined ? [one.userId] : [])
        print(flags.json, page, () =>
          table(page.sessions.map((one) => [one.sessionHandle, ...ofUser(one), one.device, one.ipAddress, one.lastActiveAt])),
        )
      }),
    )

const revokeAll = (): Command =>
  leaf('revoke-all', 'log all devices of a user out')
    .argument('<userId>')
    .action((userId: string, flags: Flags) =>
      inHouse(flags, async ({ auth }) => {
        const answer = await auth.asSystem(operator).sessions.revokeAll({ id: userId })
        print(flags.json, answer, () => `revoked ${answer.revoked}`)
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
