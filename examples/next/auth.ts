/**
 * The one object of the application, and its three words.
 *
 * Next loads this module once for its pages and once for its route handlers. What opens a database is therefore kept where both find it:
 * two of them would hear of each other's logouts too late.
 *
 * @module
 */
import { createAuth } from 'keywright'
import { toNext } from 'keywright/next'
import { sqlite } from 'keywright/sqlite'
import { headers } from 'next/headers'

const { PORT = '3000', SECRET = 'only while the application is built', DATABASE = 'app.db' } = process.env

const open = () => createAuth({ baseUrl: `http://127.0.0.1:${PORT}`, secret: SECRET, storage: sqlite(DATABASE) })
const shared: typeof globalThis & { auth?: ReturnType<typeof open> } = globalThis
shared.auth ??= open()

export const { auth } = shared

export const { routes, guard, current } = toNext(auth, { headers })
