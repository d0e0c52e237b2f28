import type { Command } from 'commander'
import { type Flags, group, inHouse, leaf, operator } from './command.ts'
import { print, table } from './output.ts'

/** `keywright users`. */
export const usersCommand = (): Command =>
  group('users', 'people', [
    ...[list(), create(), disable(), enable(), resetPassword(), requireReset()],
    ...[remove(), restore(), exportData()],
  ])

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

interface ListFlags extends Flags {
  readonly limit: string
  readonly cursor?: string
  readonly search?: string
  readonly role?: string
  readonly status?: 'active' | 'disabled'
  readonly sort?: 'createdAt' | '-createdAt' | 'identifier' | '-identifier'
}

const list = (): Command =>
  leaf('list', 'oldest first')
    .option('--limit <n>', 'at most', '20')
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--search <text>', 'the beginning of an identifier, a name or an id')
    .option('--role <role>', 'only with this role')
    .option('--status <status>', 'only active or disabled ones')
    .option('--sort <order>', 'createdAt or identifier; with - before it the other way round')
    .action((flags: ListFlags) =>
      inHouse(flags, async ({ auth }) => {
        const { limit, cursor, search: q, role, status, sort } = flags
        const page = await auth.asSystem(operator).users.list({ limit, cursor, q, role, status, sort })
        print(flags.json, page, () => table(page.users.map(show)))
      }),
    )

const create = (): Command =>
  leaf('create', 'with a random password that must be changed at the first login')
    .argument('<identifier>')
    .option('--role <role>')
    .option('--invite', 'with no password: they choose one with the link of a mail')
    .action((identifier: string, flags: Flags & { role?: string; invite?: true }) =>
      inHouse(flags, async ({ auth }) => {
        const system = auth.asSystem(operator)
        const wish = { identifier, ...(flags.role !== undefined && { role: flags.role }) }
        if (flags.invite) {
          const user = await system.password.provision(wish)
          return print(flags.json, { user }, () => [...table([show(user)]), 'a mail has the link to choose a password with'])
        }
        const user = await system.users.create(wish)
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

const requireReset = (): Command =>
  leaf('require-reset', 'end all sessions until they choose a new password with the link of a mail')
    .argument('<id>')
    .action((id: string, flags: Flags) =>
      inHouse(flags, async ({ auth }) => {
        await auth.asSystem(operator).password.requireReset({ id })
        print(flags.json, { id }, () => 'a mail has the link to choose a new password with')
      }),
    )

const remove = (): Command =>
  leaf('delete', 'remove a user and all that is kept of them, at once')
    .argument('<id>')
    .option('--reason <text>', 'for the audit log')
    .action((id: string, flags: Flags & { reason?: string }) =>
      inHouse(flags, async ({ auth }) => {
        const reason = flags.reason === undefined ? {} : { reason: flags.reason }
        const answer = await auth.asSystem(operator).account.delete({ id, ...reason })
        print(flags.json, answer, () =>
          answer.status === 'deleted' ? `deleted ${id}` : `${id} is out, and is deleted by a process that works`,
        )
      }),
    )

const restore = (): Command =>
  leaf('restore', 'keep a user who waits to be deleted')
    .argument('<id>')
    .action((id: string, flags: Flags) =>
      inHouse(flags, async ({ auth }) => {
        await auth.asSystem(operator).account.restore({ id })
        print(flags.json, { restored: id }, () => `restored ${id}`)
      }),
    )

const exportData = (): Command =>
  leaf('export', 'all that is kept of a user, as JSON')
    .argument('<id>')
    .action((id: string, flags: Flags) =>
      inHouse(flags, async ({ auth }) => {
        const answer = await auth.asSystem(operator).account.export({ id })
        print(flags.json, answer, () => JSON.stringify(answer, null, 2))
      }),
    )
