/**
 * The first admin of an empty collection.
 *
 * Invariant: nobody has an account whose password was never shown. The row is made without one; it gets it when it is shown, and a boot that
 * died in between leaves a row that the next one takes up.
 *
 * @module
 */
import type { ILogger } from './kernel.ts'
import { type People, passwordsPort } from './users.ts'
import type { World } from './world.ts'

const email = 'admin@local'
const passwordBytes = 12

/** Makes sure that there is somebody. Of two that boot at once the unique address lets one through. */
export async function seedAdmin(people: People, { now, randomToken }: Pick<World, 'now' | 'randomToken'>): Promise<void> {
  if (!(await people.isEmpty())) return
  const row = { role: 'admin', emailVerified: true, requirePasswordReset: false, tokenVersion: 0 }
  try {
    await people.create({ id: `admin-${randomToken(9)}`, email, ...row, createdAt: now().toISOString() })
  } catch (error) {
    if ((await people.findByEmail(email)) === undefined) throw error
  }
}

/** Gives the first admin a password and shows it, if they have none. */
export async function showAdmin(
  people: People,
  { hasher, randomToken }: Pick<World, 'hasher' | 'randomToken'>,
  logger: ILogger,
): Promise<void> {
  const admin = await people.findByEmail(email)
  if (!admin || admin.passwordHash || admin.role !== 'admin') return
  const password = randomToken(passwordBytes)
  const id = String(admin.id)
  const passwords = passwordsPort(people)
  await passwords.set(id, await hasher.hash(password), null)
  const kept = await passwords.find(id)
  // Another process may have been later: then it is that one's password, and that one shows it.
  if (kept && (await hasher.verify(password, kept)).ok) logger.warn(shown(password))
}

const shown = (password: string): string =>
  ['', 'The first admin:', `  email:    ${email}`, `  password: ${password}`, 'It is not shown again.', ''].join('\n')
