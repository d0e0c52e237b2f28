/**
 * The one object of the application, and its three words. Next loads this once per server process.
 *
 * @module
 */
import { createAuth } from 'keywright'
import { toNext } from 'keywright/next'
import { sqlite } from 'keywright/sqlite'
import { headers } from 'next/headers'

const { PORT = '3000', SECRET = 'only while the application is built', DATABASE = 'app.db' } = process.env

export const auth = createAuth({ baseUrl: `http://127.0.0.1:${PORT}`, secret: SECRET, storage: sqlite(DATABASE) })

export const { routes, guard, current } = toNext(auth, { headers })
