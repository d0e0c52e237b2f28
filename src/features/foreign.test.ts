import { expect, onTestFinished, test } from 'vitest'
import { callerOf, openNotes } from '../../test/notes.ts'
import { sqlite } from '../sqlite.ts'
import { identifierTaken } from '../stores.ts'
import { askForeign } from './foreign.ts'

test('a store of the application is never asked inside a transaction of ours, not even through a copy of it', async () => {
  const { database } = openNotes(sqlite(':memory:'))
  onTestFinished(() => database.close())
  let asked = 0
  const ask = async () => {
    asked += 1
  }
  for (const inside of [(tx: object) => tx, (tx: object) => ({ ...tx, tenantId: 'another' })]) {
    const work = database.transaction(callerOf('app'), (tx) => askForeign(inside(tx) as typeof tx, ask))
    await expect(work).rejects.toThrow('before a transaction of ours, or after it')
  }
  expect(asked).toBe(0)
})

test('what such a store throws is an outage, unless it is a refusal of ours', async () => {
  const failing = (error: Error) => askForeign(callerOf('app'), () => Promise.reject(error))
  await expect(failing(new Error('connection refused'))).rejects.toMatchObject({ code: 'unavailable' })
  await expect(failing(identifierTaken())).rejects.toMatchObject({ code: 'identifier_taken' })
})
