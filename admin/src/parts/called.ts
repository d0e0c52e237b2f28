/** What people have in common wherever they are listed. */
export interface Named {
  readonly id: string
  readonly email: string | null
  readonly username: string | null
  readonly phone: string | null
  readonly firstName: string | null
  readonly lastName: string | null
}

/** What a user is called: a name, else what they log in with, else their id. */
export function calledOf({ id, email, username, phone, firstName, lastName }: Named): string {
  const name = [firstName, lastName].filter(Boolean).join(' ')
  return name || email || username || phone || id
}
