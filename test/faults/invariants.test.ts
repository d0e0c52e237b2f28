/**
 * The invariants find what they are there to find: each is broken by hand once.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { violationsIn } from './invariants.ts'
import { ask } from './postgres.ts'

const secrets = ['s'.repeat(40)]
const password = 'correct horse battery'
const bearer = { 'x-auth-strategy': 'bearer' }

const wrongs = [
  ['I3', `update session_state set current_digest = 'the same'`],
  ['I3', 'delete from session'],
  ['I4', 'delete from user_identifier'],
  ['I4', 'delete from password'],
  ['I5', 'update user_state set disabled_at = now()'],
  ['I5', `update password set changed_at = now() + interval '1 hour'`],
  ['I7', `delete from outbox where event = 'identity.user.created'`],
  ['I7', `update session_state set revoked_at = now()`],
  ['I9', `update user_profile set first_name = 'correct horse battery'`],
  ['I10', 'delete from audit_entry'],
  ['I12', `update signing_key set sealed_private_jwk = 'nobody.AAAA'`],
] as const

describe.each(engines.filter(({ name }) => name === 'postgres'))('on $name', ({ open }) => {
  let engine: OpenedEngine
  let url: string

  beforeAll(async () => {
    engine = await open()
    url = engine.location ?? ''
  })
  afterAll(() => engine.cleanup())

  async function inhabit(): Promise<void> {
    await ask(url, 'drop schema public cascade; create schema public')
    const house = houseOn(storageAt(url))
    house.advance(Date.now() - Date.parse('2026-01-01T12:00:00Z'))
    const ada = device(house)
    expect((await ada.send('POST', '/auth/register', { email: 'ada@example.com', password }, bearer)).status).toBe(201)
    expect((await ada.send('POST', '/auth/login', { email: 'ada@example.com', password }, bearer)).status).toBe(200)
    await house.auth.close()
  }

  test('a sound database has no violation', async () => {
    await inhabit()
    expect(await violationsIn(url, { secrets, canaries: [password] })).toEqual([])
  })

  test.each(wrongs)('%s notices: %s', async (name, statement) => {
    await inhabit()
    await ask(url, statement)
    expect((await violationsIn(url, { secrets, canaries: [password] })).join('\n')).toContain(`${name}:`)
  })
})
