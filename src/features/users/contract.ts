import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { instant, jsonObject, pageQuery, text } from '../../kernel/contract/schema.ts'

export const E = defineErrors({
  identifier_taken: { status: 409, title: 'Already registered', help: 'Log in instead, or use another one.' },
})

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

const profile = {
  firstName: text(100).nullable().optional(),
  lastName: text(100).nullable().optional(),
  locale: text(35).nullable().optional(),
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
    me: endpoint({ method: 'GET', path: '/me', access: 'session', summary: 'The logged-in user', returns: User }),
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
const byId = z.object({ id: text(128) })

export const usersAdminContract = contract('users', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/users',
    access: { operator: 'look' },
    summary: 'Users, oldest first',
    query: z.object(pageQuery()),
    returns: z.object({ users: z.array(AdminUser), nextCursor: z.string().nullable() }),
  }),
  create: endpoint({
    method: 'POST',
    path: '/admin/api/users',
    access: { operator: 'manage' },
    summary: 'Create a user without a credential',
    body: NewUser,
    status: 201,
    returns: AdminUser,
    errors: [E.identifier_taken],
  }),
  disable: endpoint({
    method: 'POST',
    path: '/admin/api/users/:id/disable',
    access: { operator: 'help' },
    summary: 'Refuse a user and end their sessions',
    params: byId,
    body: z.strictObject({ reason: text(500) }),
    returns: AdminUser,
    errors: [kernelErrors.not_found],
  }),
  enable: endpoint({
    method: 'POST',
    path: '/admin/api/users/:id/enable',
    access: { operator: 'help' },
    summary: 'Let a user log in again',
    params: byId,
    returns: AdminUser,
    errors: [kernelErrors.not_found],
  }),
})
