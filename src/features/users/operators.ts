const operatorRoles: ReadonlySet<string> = new Set(['owner', 'admin', 'support', 'auditor'])

/** Whether a role of a user is one of those that operators have. */
export const isOperatorRole = (role: string): boolean => operatorRoles.has(role)
