import type { OperatorRight } from '../../kernel/contract/access.ts'

/** What operators may do, by their role. */
export const operatorRoles = {
  owner: ['look', 'help', 'inspect', 'manage', 'own'],
  admin: ['look', 'help', 'inspect', 'manage'],
  support: ['look', 'help'],
  auditor: ['look', 'inspect'],
} as const satisfies Record<string, readonly OperatorRight[]>

/** The role of an operator. */
export type OperatorRole = keyof typeof operatorRoles

/** Whether a role of a user is one of an operator. */
export const isOperatorRole = (role: string): role is OperatorRole => Object.hasOwn(operatorRoles, role)

/** Of several roles the one that may do most; `undefined` when none of them is an operator's. */
export const strongestOf = (roles: readonly string[]): OperatorRole | undefined =>
  (Object.keys(operatorRoles) as OperatorRole[]).find((role) => roles.includes(role))
