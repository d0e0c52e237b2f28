import type { AddressInfo } from 'node:net'
import { createClient } from 'keywright/client'
import { expect, onTestFinished, test } from 'vitest'
import { createApp } from './app.ts'
import { notesContract } from './notes-contract.ts'

const password = 'correct horse battery'

async function start(settings: { mostNotes?: number } = {}) {
  const baseUrl = 'http://127.0.0.1:3001'
  const { app, auth } = createApp({ baseUrl, secret: 'x'.repeat(32), database: ':memory:', ...settings })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    server.close()
    await auth.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = () => createClient({ baseUrl: origin, mode: 'bearer', contracts: [notesContract] })
  return { auth, origin, client }
}

test('the example runs: register, call the feature of its own, pass the guard', async () => {
  const { origin, client } = await start()
  const ada = client()
  expect((await ada.register({ email: 'ada@example.com', password })).status).toBe('active')
  const written = await ada.notes.write({ text: 'buy milk' })
  expect(await ada.notes.list()).toEqual([written])
  expect((await fetch(`${origin}/orders`)).status).toBe(401)

  const bob = client()
  await bob.register({ email: 'bob@example.com', password })
  expect(await bob.notes.list()).toEqual([])
})

test('what the feature says happened is heard, and stands in the audit log', async () => {
  const { auth, client } = await start()
  const heard = new Promise<string>((resolve) => auth.on('notes.note.written', ({ data }) => resolve(data.noteId)))
  const ada = client()
  await ada.register({ email: 'ada@example.com', password })
  const { id } = await ada.notes.write({ text: 'buy milk' })
  expect(await heard).toBe(id)
  const { entries } = await auth.asSystem('example').audit.list()
  expect(entries).toContainEqual(expect.objectContaining({ action: 'notes.note.written', target: id }))
})

test('the value the application gave its feature decides', async () => {
  const { client } = await start({ mostNotes: 1 })
  const ada = client()
  await ada.register({ email: 'ada@example.com', password })
  await ada.notes.write({ text: 'the one' })
  const second = await ada.notes.write({ text: 'one too many' }).result()
  expect(!second.ok && second.error.code).toBe('too_many_notes')
})
