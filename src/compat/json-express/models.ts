/**
 * The models the plugin brings: `users` and `roles`, with who may see and set what.
 *
 * Invariant: nobody reads a hash or a version, and only an admin says who somebody is. A plain password never reaches the database.
 *
 * @module
 */
import type { FieldDefinition, ModelHooks, ModelSchema, Row } from './kernel.ts'
import type { People } from './users.ts'
import type { World } from './world.ts'

const text: FieldDefinition = { type: 'string' }
const byAdmin = { create: 'admin', update: 'admin' }

/** People. Their owner is themselves. */
export const userModel: ModelSchema = {
  name: 'users',
  fields: {
    id: { type: 'id' },
    email: { type: 'string', options: { unique: true } },
    passwordHash: text,
    role: { type: 'string', options: { default: 'user' } },
    emailVerified: { type: 'boolean', options: { default: false } },
    requirePasswordReset: { type: 'boolean', options: { default: false } },
    tokenVersion: { type: 'number', options: { default: 0 } },
    createdAt: { type: 'date' },
  },
  access: {
    read: 'admin',
    create: 'admin',
    update: 'owner',
    delete: 'admin',
    ownerField: 'id',
    fields: {
      id: { update: false },
      email: byAdmin,
      role: byAdmin,
      emailVerified: byAdmin,
      requirePasswordReset: byAdmin,
      password: { read: false, create: 'admin', update: false },
      passwordHash: { read: false, create: 'admin', update: false },
      tokenVersion: { read: false, create: false, update: false },
      createdAt: { update: false },
    },
  },
}

/** Roles, for applications that list them; what somebody may is said by `users.role`. */
export const roleModel: ModelSchema = {
  name: 'roles',
  fields: { id: { type: 'id' }, name: { type: 'string', options: { unique: true } }, description: text },
  access: { read: 'admin', create: 'admin', update: 'admin', delete: 'admin' },
}

/** Both, as `provideSchemas()` answers them before there is a plugin. */
export const identitySchemas: ModelSchema[] = [userModel, roleModel]

/** What the plugin does when somebody else writes to the collection. */
export interface Watcher {
  /** Somebody was created who has no password. */
  arrived(row: Row): Promise<void>
  /** Somebody shall choose a new password. */
  resetRequired(row: Row): Promise<void>
  /** What somebody has opened shall end. */
  overturned(row: Row): Promise<void>
}

/** The hooks of `users`. Writes of ours pass them as they are. */
export function userHooks(
  people: () => Pick<People, 'isOurs'> | undefined,
  watcher: Watcher,
  world: Pick<World, 'hasher' | 'spell'>,
): ModelHooks {
  const isOurs = (row: Row) => people()?.isOurs(row) ?? false
  return {
    beforeCreate: (data) => sealed(data, world),
    async afterCreate(record) {
      if (!isOurs(record) && !record.passwordHash) await watcher.arrived(record)
    },
    async beforeUpdate(patch) {
      const moves = patch.email !== undefined && patch.emailVerified === undefined
      return sealed(moves ? { ...patch, emailVerified: false } : patch, world)
    },
    async afterUpdate(record, patch) {
      if (isOurs(record)) return
      if (['passwordHash', 'tokenVersion'].some((name) => patch[name] !== undefined)) await watcher.overturned(record)
      if (patch.requirePasswordReset === true) await watcher.resetRequired(record)
    },
  }
}

/** One spelling of the address, and a hash where a password was. */
async function sealed(data: Row, { hasher, spell }: Pick<World, 'hasher' | 'spell'>): Promise<Row> {
  const { password, ...rest } = data
  const plain = textOr(password) ?? (isHash(rest.passwordHash) ? undefined : textOr(rest.passwordHash))
  return {
    ...rest,
    ...(typeof rest.email === 'string' && { email: spell(rest.email) }),
    ...(plain !== undefined && { passwordHash: await hasher.hash(plain) }),
  }
}

const textOr = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const isHash = (value: unknown): boolean => typeof value === 'string' && value.startsWith('$argon2')
