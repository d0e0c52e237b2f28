import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { defineIssues } from '../../kernel/contract/issues.ts'
import { cursorMeans, instant, jsonObject, languageTag, pageQuery, text, total } from '../../kernel/contract/schema.ts'

export const E = defineErrors({
  identifier_taken: { status: 409, title: 'Already registered', help: 'Log in instead, or use another one.' },
  list_not_possible: {
    status: 501,
    title: 'The store cannot list this way',
    help: 'Leave filters and order out: a store of the application lists as it does.',
  },
  last_owner: {
    status: 409,
    title: 'The last owner has to stay one',
    help: 'Make somebody else an owner first, who can log in.',
  },
  operator_role: {
    status: 403,
    title: 'This role makes somebody an operator',
    help: 'Create the user without it; an owner gives it to them afterwards.',
  },
})

export const issues = defineIssues({ not_an_identifier: 'is not an identifier' })

/** Roles that let somebody operate this house; the one that may do most first. */
export const operatorRoles = ['owner', 'admin', 'support', 'auditor'] as const

/** One of them. */
export type OperatorRole = (typeof operatorRoles)[number]

/**
 * Whether a word for what somebody is makes them an operator.
 *
 * @example
 * ```ts
 * import { isOperatorRole } from 'keywright/client'
 *
 * console.log(['owner', 'editor'].filter(isOperatorRole)) // ['owner']
 * ```
 */
export const isOperatorRole = (role: string): role is OperatorRole => operatorRoles.some((one) => one === role)

/** A person as everybody allowed to see them sees them. Never a secret field. */
export const User = z.object({
  id: z.string(),
  email: z.string().nullable(),
  emailVerified: z.boolean(),
  username: z.string().nullable(),
  phone: z.string().nullable(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  locale: z.string().nullable(),
  role: z.string(),
  roles: z.array(z.string()),
  tenantId: z.string(),
  metadata: z.record(z.string(), z.json()),
  createdAt: instant(),
})

/** {@link User} in services: instants are `Date`. */
export type User = z.input<typeof User>

/** {@link User} of a session, and whether an operator sees in it what this user sees. */
export const Me = User.extend({
  impersonation: z.object({ operatorId: z.string(), reason: z.string(), readOnly: z.boolean(), endsAt: instant() }).optional(),
})

const profile = {
  firstName: text(100).nullable().optional(),
  lastName: text(100).nullable().optional(),
  locale: languageTag().nullable().optional(),
  metadata: jsonObject().optional(),
}

export const usersEvents = {
  'identity.user.created': event({
    summary: 'A user exists',
    data: z.object({ role: z.string(), identifiers: z.array(z.string()) }),
    audit: true,
  }),
  'identity.user.updated': event({ summary: 'A profile changed', data: z.object({ fields: z.array(z.string()) }), audit: true }),
  'identity.user.email.verified': event({
    summary: 'An address was proved to be its user’s',
    data: z.object({ by: z.enum(['link', 'code', 'reset', 'operator']) }),
    audit: true,
  }),
  'identity.user.disabled': event({ summary: 'A user may not log in', data: z.object({ reason: z.string() }), audit: true }),
  'identity.user.enabled': event({ summary: 'A user may log in again', data: z.object({}), audit: true }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof usersEvents> {}
}

export const usersContract = contract(
  'users',
  {
    me: endpoint({ method: 'GET', path: '/me', access: 'session', summary: 'The logged-in user', returns: Me }),
    updateMe: endpoint({
      method: 'PATCH',
      path: '/me',
      access: 'session',
      summary: 'Change my profile',
      body: z.strictObject(profile),
      returns: User,
    }),
  },
  usersEvents,
)

/** {@link User} as operators see them. */
export const AdminUser = User.extend({ disabledAt: instant().nullable() })
/** What an operator says of a user to be created. */
export const NewUser = z.strictObject({ identifier: text(320), role: text(64).optional(), ...profile })

/** What people are called by in the rows of other lists. */
const CalledUser = User.pick({ id: true, email: true, username: true, phone: true, firstName: true, lastName: true })

/** How many can be asked for at once: a page of rows. */
const namesAtOnce = 100

/** Everything an operator may see of a user. */
export const UserDetail = AdminUser.extend({
  disabledReason: z.string().nullable(),
  identifiers: z.array(
    z.object({ kind: z.enum(['email', 'username', 'phone']), value: z.string(), verifiedAt: instant().nullable() }),
  ),
  /** Rises whenever all that a user is logged in by has ended. */
  tokenVersion: z.number().int(),
})

const { metadata: _metadata, ...names } = profile
const Metadata = z.strictObject({ metadata: jsonObject() })
const byId = z.object({ id: text(128) })

export const usersAdminContract = contract('users', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/users',
    access: { operator: 'look' },
    summary: 'Users, oldest first unless `sort` says otherwise; with `q` those it finds, in its own order',
    query: z.strictObject({
      ...pageQuery(),
      cursor: text(4096).optional().meta({ description: cursorMeans }),
      q: text(320).optional().meta({
        description: 'The beginning of an address, user name or phone number, of a name from either end, or of an id.',
      }),
      filter: text(320).optional().meta({ description: 'The same as `q`, which goes before it.' }),
      sort: z.enum(['createdAt', '-createdAt', 'identifier', '-identifier']).optional(),
      status: z.enum(['active', 'disabled']).optional(),
      role: text(64).optional(),
      verified: z.enum(['true', 'false']).optional(),
      createdFrom: z.iso.datetime({ offset: true }).optional(),
      createdTo: z.iso.datetime({ offset: true }).optional().meta({ description: 'The first instant that is no longer meant.' }),
    }),
    returns: z.object({ users: z.array(AdminUser), nextCursor: z.string().nullable(), total: total().optional() }),
    errors: [E.list_not_possible],
  }),
  names: endpoint({
    method: 'GET',
    path: '/admin/api/users/names',
    access: { operator: 'look' },
    summary: 'What those with these ids are called, for the rows of other lists; who is gone is left out',
    query: z.strictObject({
      ids: text(namesAtOnce * 129)
        .transform((all) => [...new Set(all.split(','))])
        .pipe(z.array(text(128)).max(namesAtOnce))
        .meta({ description: 'Up to 100, with a comma between two.' }),
    }),
    returns: z.object({ users: z.array(CalledUser) }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/admin/api/users/:id',
    access: { operator: 'look' },
    summary: 'A user with all their names',
    params: byId,
    returns: UserDetail,
    errors: [kernelErrors.not_found],
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/admin/api/users/:id',
    access: { operator: 'manage', on: 'id' },
    summary: 'Change the profile of a user',
    params: byId,
    body: z.strictObject(names),
    returns: AdminUser,
    errors: [kernelErrors.not_found],
  }),
  metadata: endpoint({
    method: 'GET',
    path: '/admin/api/users/:id/metadata',
    access: { operator: 'look' },
    summary: 'What the application keeps with a user',
    params: byId,
    returns: z.object({ metadata: User.shape.metadata }),
    errors: [kernelErrors.not_found],
  }),
  setMetadata: endpoint({
    method: 'PUT',
    path: '/admin/api/users/:id/metadata',
    access: { operator: 'manage', on: 'id' },
    summary: 'Replace what the application keeps with a user',
    params: byId,
    body: Metadata,
    returns: z.object({ metadata: User.shape.metadata }),
    errors: [kernelErrors.not_found],
  }),
  setRole: endpoint({
    method: 'PUT',
    path: '/admin/api/users/:id/role',
    access: { operator: 'own', on: 'id' },
    summary: 'Give a user another role',
    params: byId,
    body: z.strictObject({ role: text(64) }),
    returns: AdminUser,
    errors: [kernelErrors.not_found, E.last_owner],
  }),
  create: endpoint({
    method: 'POST',
    path: '/admin/api/users',
    access: { operator: 'manage' },
    summary: 'Create a user without a credential',
    body: NewUser,
    status: 201,
    returns: AdminUser,
    errors: [E.identifier_taken, E.operator_role],
  }),
  disable: endpoint({
    method: 'POST',
    path: '/admin/api/users/:id/disable',
    access: { operator: 'help', on: 'id' },
    summary: 'Refuse a user and end their sessions',
    params: byId,
    body: z.strictObject({ reason: text(500) }),
    returns: AdminUser,
    errors: [kernelErrors.not_found, E.last_owner],
  }),
  enable: endpoint({
    method: 'POST',
    path: '/admin/api/users/:id/enable',
    access: { operator: 'help', on: 'id' },
    summary: 'Let a user log in again',
    params: byId,
    returns: AdminUser,
    errors: [kernelErrors.not_found],
  }),
})
