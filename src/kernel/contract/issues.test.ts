import { expect, test } from 'vitest'
import { z } from 'zod'
import { duration } from './duration.ts'
import { fileBody } from './file.ts'
import { defineIssues, issuesOf, refusing } from './issues.ts'
import { jsonObject, text } from './schema.ts'

const { sold_out } = defineIssues({ sold_out: 'is sold out' })

/** Without the message, which is for people. */
function reasons(schema: z.ZodType, value: unknown) {
  const { error } = schema.safeParse(value, { reportInput: true })
  return error?.issues.flatMap(issuesOf).map(({ message, ...reason }) => {
    expect(message).not.toBe('')
    return reason
  })
}

const union = z.union([duration(), z.literal(false)])

test.each([
  ['a field that is missing', z.string(), undefined, { code: 'required' }],
  ['a choice that is missing', z.enum(['a', 'b']), undefined, { code: 'required' }],
  ['one of several that is missing', union, undefined, { code: 'required' }],
  ['a file that is missing', fileBody().shape.file, undefined, { code: 'required' }],
  ['a text that is empty', text(10), '', { code: 'required' }],
  ['null for a text', z.string(), null, { code: 'wrong_type' }],
  ['half a number', z.int(), 1.5, { code: 'wrong_type' }],
  ['a short text', z.string().min(3), 'ab', { code: 'too_short', limit: 3 }],
  ['a long text', text(3), 'abcd', { code: 'too_long', limit: 3 }],
  ['a short list', z.array(z.string()).min(1), [], { code: 'too_few', limit: 1 }],
  ['a long list', z.array(z.string()).max(1), ['a', 'b'], { code: 'too_many', limit: 1 }],
  ['a small number', z.number().min(8), 7, { code: 'too_small', limit: 8 }],
  ['a big number', z.number().max(64), 65, { code: 'too_big', limit: 64 }],
  ['too much JSON', jsonObject(1), { a: 'x'.repeat(1024) }, { code: 'too_large', limit: 1024 }],
  ['no address', z.email(), 'ada', { code: 'invalid_format', format: 'email' }],
  ['no instant', z.iso.datetime(), 'today', { code: 'invalid_format', format: 'datetime' }],
  ['no length of time', duration(), '15min', { code: 'invalid_format', format: 'duration' }],
  ['no length of time where there is another choice', union, '15min', { code: 'invalid_format', format: 'duration' }],
  ['what fits a pattern that has no name', z.string().regex(/^a/), 'b', { code: 'invalid_format' }],
  ['a control character', text(3), '\0', { code: 'invalid_characters' }],
  ['a value there is not', z.enum(['a', 'b']), 'c', { code: 'unknown_value' }],
  ['one of no branch', z.union([z.string(), z.null()]), 1, { code: 'other' }],
  ['a number that has to be above its bound', z.number().positive(), 0, { code: 'too_small' }],
  ['an instant before its bound', z.date().min(new Date(5)), new Date(4), { code: 'too_small' }],
  ['fields of no branch', z.union([z.strictObject({ c: z.string() }), z.null()]), { d: 1 }, { code: 'other' }],
  [
    'a rule with a companion of another form',
    z.string().refine(() => false, { params: { code: 'a', name: 5 } }),
    'a',
    { code: 'a' },
  ],
  ['a rule of an application', z.string().refine(() => false, refusing(sold_out)), 'a', { code: 'sold_out' }],
  ['a rule with more', z.string().refine(() => false, { params: { code: 'a', given: 'x' } }), 'a', { code: 'a' }],
  ['a rule without a code', z.string().refine(() => false, { error: 'no' }), 'a', { code: 'other' }],
  ['a transformation that gives up', z.string().transform((_, { addIssue }) => addIssue('no')), 'a', { code: 'other' }],
] as const)('%s is told by its code', (_, schema, value, reason) => {
  expect(reasons(z.object({ 'a/b~': schema }), { 'a/b~': value })).toEqual([{ pointer: '/a~1b~0', ...reason }])
})

test('of a union, what is inside the branch that was meant is told by its own field', () => {
  const selector = z.union([
    z.strictObject({ ids: z.array(z.string()).max(2) }),
    z.strictObject({ filter: z.strictObject({ verified: z.enum(['true']).optional(), within: union.optional() }) }),
  ])
  const told = (value: unknown) => reasons(z.object({ selector }), { selector: value })
  expect(told({ ids: ['a', 'b', 'c'] })).toEqual([{ pointer: '/selector/ids', code: 'too_many', limit: 2 }])
  expect(told({ ids: [1, 'b'] })).toEqual([{ pointer: '/selector/ids/0', code: 'wrong_type' }])
  expect(told({ filter: { verified: true, within: '1' } })).toEqual([
    { pointer: '/selector/filter/verified', code: 'unknown_value' },
    { pointer: '/selector/filter/within', code: 'invalid_format', format: 'duration' },
  ])
  expect(told({ filter: { hunter2: 1 } })).toEqual([{ pointer: '/selector/filter', code: 'unknown_field' }])
  expect(told({ ids: ['a'], filter: {} })).toEqual([{ pointer: '/selector', code: 'unknown_field' }])
  expect(told({})).toEqual([{ pointer: '/selector', code: 'other' }])
  expect(reasons(z.union([z.object({ c: z.string() }), z.null()]), { c: 1 })).toEqual([{ pointer: '/c', code: 'wrong_type' }])
})

test('what several choices refuse is told in words too', () => {
  const [issue] = union.safeParse('15min', { reportInput: true }).error?.issues.flatMap(issuesOf) ?? []
  expect(issue?.message).toBe('does not have the right format')
})

test('the name of a field that only the sender knows is not said again', () => {
  const [told] = issuesOf(
    z.strictObject({}).safeParse({ hunter2: 1 }, { reportInput: true }).error?.issues[0] ?? expect.unreachable(),
  )
  expect(told).toEqual({ pointer: '', code: 'unknown_field', message: 'has fields that are not known' })
  const [key] = issuesOf(jsonObject().safeParse({ '\0': 1 }, { reportInput: true }).error?.issues[0] ?? expect.unreachable())
  expect(key).toMatchObject({ pointer: '', code: 'other' })
})
