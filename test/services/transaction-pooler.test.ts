/**
 * Behind a pooler in transaction mode: nothing but LISTEN rests on a connection.
 *
 * @module
 */
import { afterEach, describe, expect, test } from 'vitest'
import { secret } from '../../src/cli/test-desk.ts'
import { createClient } from '../../src/client.ts'
import { type AuthOptions, createAuth } from '../../src/index.ts'
import { type PgPool, postgres } from '../../src/postgres.ts'
import { openHouse } from '../../src/server.ts'
import { engines } from '../engines.ts'
import { transactionPooler } from './poolers.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const baseUrl = 'https://app.example.com'
const ada = { email: 'ada@example.com', password: 'violet harbour lamp 42' }

describe.each(engines.filter(({ name }) => name === 'postgres'))('behind a pooler in transaction mode on $name', ({ open }) => {
  test('several runners migrate at once, and nodes serve; what ends on one is refused on the other', async () => {
    const { location = '', cleanup } = await open()
    closers.push(cleanup)
    const pooled = (): PgPool => {
      const pool = transactionPooler(location)
      closers.push(() => pool.end())
      return pool
    }
    const options = (): AuthOptions => ({ baseUrl, secret, storage: postgres(pooled()) })

    const runners = [openHouse({ options: options() }), openHouse({ options: options() })]
    const applied = await Promise.all(runners.map(({ schema }) => schema.up()))
    await Promise.all(runners.map((runner) => runner.close()))
    expect(new Set(applied.flat()).size).toBe(applied.flat().length)
    expect(applied.flat().length).toBeGreaterThan(0)

    const [one, other] = [createAuth(options()), createAuth(options())]
    closers.push(() => Promise.all([one.close(), other.close()]))
    let authorization = ''
    const client = createClient({
      baseUrl,
      mode: 'bearer',
      fetch: (input, init) => {
        const request = new Request(input, init)
        authorization = request.headers.get('authorization') ?? authorization
        return one.handle(request)
      },
    })
    await client.register(ada)
    await client.me()
    const elsewhere = async () => (await other.handle(new Request(`${baseUrl}/auth/me`, { headers: { authorization } }))).status
    expect(await elsewhere()).toBe(200)
    await client.logout()
    await expect.poll(elsewhere).toBe(401)
  })
})
