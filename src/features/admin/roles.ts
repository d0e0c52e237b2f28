import type { OperatorRight } from '../../kernel/contract/access.ts'
import { type OperatorRole, operatorRoles } from '../users/index.ts'

/** What operators may do, by their role. */
export const rightsOf: Readonly<Record<OperatorRole, readonly OperatorRight[]>> = {
  owner: ['look', 'help', 'inspect', 'manage', 'own'],
  admin: ['look', 'help', 'inspect', 'manage'],
  support: ['look', 'help'],
  auditor: ['look', 'inspect'],
}

/** Of several roles the one that may do most; `undefined` when none of them is an operator's. */
export const strongestOf = (roles: readonly string[]): OperatorRole | undefined =>
  operatorRoles.find((role) => roles.includes(role))
