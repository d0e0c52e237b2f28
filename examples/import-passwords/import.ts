/**
 * Brings people over from another system with their password hashes. User and hash are one transaction, so it can be stopped and run again.
 *
 * @module
 */
import { type AuthOptions, createAuth, isAuthError } from 'keywright'

/** One person of the old system. */
export interface Person {
  readonly email: string
  /** As it stood there: argon2, bcrypt, scrypt or PBKDF2, as a PHC string or in Django's form. */
  readonly hash: string
}

/** Imports people, one after the other. @returns how many are new here */
export async function importPeople(options: AuthOptions, people: Iterable<Person> | AsyncIterable<Person>): Promise<number> {
  let hash = ''
  const auth = createAuth({
    ...options,
    hooks: {
      inTransaction: {
        'identity.user.created': async ({ userId }, tx) => {
          await tx.query`insert into password (pool_id, user_id, hash, changed_at) values (${tx.poolId}, ${userId}, ${hash}, ${tx.at})`
        },
      },
    },
  })
  let imported = 0
  try {
    for await (const person of people) {
      hash = person.hash
      const { users } = auth.asSystem('import from the old system')
      const created = await users.create({ identifier: person.email }).result()
      if (created.ok) imported++
      else if (!isAuthError(created.error, 'identifier_taken')) throw created.error
    }
    return imported
  } finally {
    await auth.close()
  }
}
