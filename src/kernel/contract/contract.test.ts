import { expect, test } from 'vitest'
import { z } from 'zod'
import { duration } from './duration.ts'
import { AuthError, isAuthError, kernelErrors } from './errors.ts'
import { hasUnsafeCharacters, instant, text } from './schema.ts'

test('a duration is a number and a unit, and anything else is refused rather than guessed at', () => {
  expect(duration().parse('15m')).toBe(900_000)
  for (const wrong of ['15min', '0s', '-1s', '1.5h', '15', 15, '', null]) expect(duration().safeParse(wrong).success).toBe(false)
})

test('an instant is a Date in services, an ISO string on the wire, and a date-time in JSON Schema', () => {
  expect(z.object({ at: instant() }).parse({ at: new Date(0) })).toEqual({ at: '1970-01-01T00:00:00.000Z' })
  expect(z.toJSONSchema(instant(), { io: 'output' })).toMatchObject({ type: 'string', format: 'date-time' })
})

test('HT-05: NUL, controls, bidi overrides and lone surrogates are no text', () => {
  for (const hostile of ['a\0b', 'a\nb', 'a\u202eb', 'a\ud800b', '\udc00']) {
    expect(hasUnsafeCharacters(hostile)).toBe(true)
    expect(text(10).safeParse(hostile).success).toBe(false)
  }
  expect(text(10).parse('Ada 😀 é')).toBe('Ada 😀 é')
})

test('a code fixes the status; the throw site adds only a cause', () => {
  const error = new AuthError(kernelErrors.unavailable, { cause: new Error('no route'), retryAfterSeconds: 2 })
  expect(error).toMatchObject({ code: 'unavailable', status: 503, retryAfterSeconds: 2 })
  expect(isAuthError(error, 'unavailable', 'rate_limited')).toBe(true)
  expect(isAuthError(error, 'forbidden')).toBe(false)
  expect(isAuthError(new Error('unavailable'))).toBe(false)
})
