import type { AddressInfo } from 'node:net'
import { createClient } from 'keywright/client'
import { expect, test } from 'vitest'
import { createApp, notesContract } from './app.ts'

test('the example runs: register, call the feature of its own, pass the guard', async () => {
  const { app, auth } = createApp({ baseUrl: 'http://127.0.0.1:3001', secret: 'x'.repeat(32), database: ':memory:' })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const client = createClient({ baseUrl: origin, mode: 'bearer', contracts: [notesContract] })
    const { status } = await client.register({ email: 'ada@example.com', password: 'correct horse battery' })
    expect(status).toBe('active')
    const { id } = await client.me()
    expect((await client.notes.greet()).greeting).toContain(id)
    expect((await fetch(`${origin}/orders`)).status).toBe(401)
  } finally {
    server.close()
    await auth.close()
  }
})
