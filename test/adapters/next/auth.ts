/**
 * Next with the routes of the suite, laid over the example of Next before it is built: `KIND` says whether its database can be opened.
 *
 * @module
 */
import { createAuth } from 'keywright'
import { toNext } from 'keywright/next'
import { sqlite } from 'keywright/sqlite'
import { headers } from 'next/headers'
import { withTicks } from './ticks'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

const open = () =>
  withTicks(
    createAuth({
      baseUrl: 'https://app.example.com',
      secret: 's'.repeat(40),
      storage: sqlite(process.env.KIND === 'broken' ? '/dev/null/identity.db' : ':memory:'),
      http: { limits: false, docs: true },
      infra: { logger: silent },
    }),
  )
const shared: typeof globalThis & { auth?: ReturnType<typeof open> } = globalThis
shared.auth ??= open()

// No proxy stands before it, so what Next itself says of the socket is true.
const ipOf = (request: Request) => request.headers.get('x-forwarded-for') ?? undefined

export const { routes, guard, current } = toNext(shared.auth, { headers, ipOf })
