import { expect, test } from 'vitest'
import { z } from 'zod'
import { duration } from '../contract/duration.ts'
import { BootError } from './boot-error.ts'
import { parseOptions } from './options.ts'

const options = z.strictObject({
  baseUrl: z.url(),
  secret: z.string().min(32),
  password: z.union([z.boolean(), z.strictObject({ minLength: z.number().optional() })]).optional(),
  sessions: z.strictObject({ idle: duration().optional(), absolute: duration().optional() }).optional(),
  oauth: z.record(z.string(), z.strictObject({ clientId: z.string() })).optional(),
})
const good = { baseUrl: 'https://app.example.com', secret: 'x'.repeat(32) }

function refusalOf(input: object): BootError {
  try {
    parseOptions(options, input)
  } catch (error) {
    if (error instanceof BootError) return error
  }
  throw new Error('the options were accepted')
}

test('good options are parsed to what the code reads', () => {
  expect(parseOptions(options, { ...good, sessions: { idle: '15m' } }).sessions?.idle).toBe(900_000)
})

test('a misspelt option is refused with the one that was meant', () => {
  const error = refusalOf({ ...good, sesions: {} })
  expect(error.message).toBe('sesions is not an option')
  expect(error.remedy).toBe('Did you mean "sessions"?')
})

test('a misspelt option is found wherever it is nested: in an object, a union, a record', () => {
  expect(refusalOf({ ...good, sessions: { idel: '15m' } })).toMatchObject({
    message: 'sessions.idel is not an option',
    remedy: 'Did you mean "idle"?',
  })
  expect(refusalOf({ ...good, password: { minLenght: 3 } })).toMatchObject({
    message: 'password.minLenght is not an option',
    remedy: 'Did you mean "minLength"?',
  })
  expect(refusalOf({ ...good, oauth: { google: { clientID: 'a' } } }).remedy).toBe('Did you mean "clientId"?')
})

test('an option nobody can have meant is refused with the list of those there are', () => {
  expect(refusalOf({ ...good, telemetry: true }).remedy).toBe('Known here: baseUrl, oauth, password, secret, sessions.')
})

test('a refused value is named by its path and rule and never repeated', () => {
  const error = refusalOf({ ...good, secret: 'hunter2-canary' })
  expect(error.message).toContain('secret')
  expect(`${error.message} ${error.remedy}`).not.toContain('hunter2')
  expect(refusalOf({ ...good, sessions: { idle: '15min' } }).message).toBe("sessions.idle: a duration like '15m', '30s' or '14d'")
})

test('the name of a nested set of options stands in front of the path', () => {
  expect(() => parseOptions(z.strictObject({ idle: duration() }), { idel: '1m', idle: '1m' }, 'sessions')).toThrow(
    'sessions.idel is not an option',
  )
})
