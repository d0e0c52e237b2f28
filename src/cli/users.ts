import type { Command } from 'commander'
import { type Flags, group, inHouse, leaf, operator } from './command.ts'
import { print, table } from './output.ts'

/** `keywright users`. */
export const usersCommand = (): Command => group('users', 'people', [list(), create(), disable(), enable(), resetPassword()])

interface Shown {
  readonly id: string
  readonly email: string | null
  readonly username: string | null
  readonly phone: string | null
  readonly role: string
  readonly disabledAt: string | null
}

const show = (user: Shown) => [
  user.id,
  user.email ?? user.username ?? user.phone,
  user.role,
  user.disabledAt === null ? 'enabled' : 'disabled',
]

const list = (): Command =>
  leaf('list', 'oldest first')
    .option('--limit <n>', 'at most', '20')
    .option('--cursor <cursor>', 'go on where a page ended')
    .action((flags: Flags & { limit: string; cursor?: string }) =>
      inHouse(flags, async ({ auth }) => {
        const page = await auth.asSystem(operator).users.list({ limit: flags.limit, cursor: flags.cursor })
        print(flags.json, page, () => table(page.users.map(show)))
      }),
    )

const create = (): Command =>
  leaf('create', 'with a random password that must be changed at the first login')
    .argument('<identifier>')
    .option('--role <role>')
    .action((identifier: string, flags: Flags & { role?: string }) =>
      inHouse(flags, async ({ auth }) => {
        const system = auth.asSystem(operator)
        const user = await system.users.create({ identifier, ...(flags.role !== undefined && { role: flags.role }) })
        const { temporaryPassword } = await system.password.reset({ id: user.id })
        print(flags.json, { user, temporaryPassword }, () => [...table([show(user)]), `password ${temporaryPassword}`])
      }),
    )

const disable = (): Command =>
  leaf('disable', 'refuse a user and end their sessions')
    .argument('<id>')
    .option('--reason <text>', 'for the audit log', 'by an operator')
    .action((id: string, flags: Flags & { reason: string }) =>
      inHouse(flags, async ({ auth }) => {
        const user = await auth.asSystem(operator).users.disable({ id, reason: flags.reason })
        print(flags.json, { user }, () => table([show(user)]))
      }),
    )

const enable = (): Command =>
  leaf('enable', 'let a user log in again')
    .argument('<id>')
    .action((id: string, flags: Flags) =>
      inHouse(flags, async ({ auth }) => {
        const user = await auth.asSystem(operator).users.enable({ id })
        print(flags.json, { user }, () => table([show(user)]))
      }),
    )

const resetPassword = (): Command =>
  leaf('reset-password', 'give a random password and end all sessions')
    .argument('<id>')
    .action((id: string, flags: Flags) =>
      inHouse(flags, async ({ auth }) => {
        const answer = await auth.asSystem(operator).password.reset({ id })
        print(flags.json, answer, () => `password ${answer.temporaryPassword}`)
      }),
    )
