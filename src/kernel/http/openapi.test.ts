import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { endpoint } from '../contract/endpoint.ts'
import { instant, jsonObject } from '../contract/schema.ts'
import { openApiOf } from './openapi.ts'
import { baseUrl, routes } from './test-core.ts'

const redocly = join(import.meta.dirname, '../../../node_modules/.bin/redocly')
const Thing = z
  .strictObject({ id: z.uuid(), at: instant(), data: jsonObject(), note: z.string().nullable() })
  .meta({ id: 'Thing' })
const things = endpoint({
  method: 'GET',
  path: '/things/:id/parts',
  access: 'session',
  summary: 'Things',
  params: z.object({ id: z.string() }),
  query: z.object({
    before: z.string().optional().meta({ description: 'Older ones.' }),
    size: z.coerce.number().gt(0).default(5),
  }),
  returns: z.object({ things: z.array(Thing), kind: z.literal('things') }),
})
const setup = { basePath: '/auth', baseUrl, routes: [...routes, { contract: 'things', key: 'list', endpoint: things }] }
const document = openApiOf(setup)

test('each endpoint is one operation with a stable id, under the base path or at the root', () => {
  expect(document.paths['/auth/things/{id}/parts']?.get).toMatchObject({
    operationId: 'things.list',
    tags: ['things'],
    security: [{ session: [] }, { bearer: [] }],
    parameters: [
      { name: 'id', in: 'path', required: true },
      { name: 'before', in: 'query', required: false, description: 'Older ones.', schema: { type: 'string' } },
      { name: 'size', in: 'query', required: false, schema: { default: 5, exclusiveMinimum: 0 } },
    ],
  })
  expect(Object.keys(document.paths)).toContain('/.well-known/keys.json')
})

test('named schemas are components, instants are date-times, and no giant pattern is printed', () => {
  expect(document.components.schemas.Thing).toMatchObject({
    properties: { at: { type: 'string', format: 'date-time' }, note: { type: ['string', 'null'] } },
  })
  expect(JSON.stringify(document)).not.toContain('"pattern"')
  expect(JSON.stringify(document)).not.toContain('$defs')
})

test('every refusal an endpoint can answer with is listed by status and code', () => {
  const responses = document.paths['/auth/broken']?.post?.responses as Record<string, { description: string }>
  expect(Object.keys(responses)).toEqual(['200', '400', '403', '409', '413', '415', '429', '503'])
  expect(responses['409']?.description).toBe('`shop_closed`: The shop is closed')
})

test('a refused field is described with its code and what a text about it may name', () => {
  const { properties } = document.components.schemas.Problem as { properties: { errors: { items: object } } }
  expect(properties.errors.items).toMatchObject({
    properties: {
      pointer: {},
      code: { description: expect.stringContaining('`too_long`') },
      message: {},
      limit: { type: 'number' },
    },
    required: ['code', 'message', 'pointer'],
  })
})

test('3.0.3 says the same in the older dialect', () => {
  const older = openApiOf({ ...setup, version: '3.0' })
  expect(older.openapi).toBe('3.0.3')
  expect(older.components.schemas.Thing).toMatchObject({ properties: { note: { type: 'string', nullable: true } } })
  expect(JSON.stringify(older)).not.toMatch(/"const"|"\$schema"|"definitions"/)
})

test.each(['3.1', '3.0'] as const)('the %s document lints clean by the recommended rules of Redocly', async (version) => {
  const folder = await mkdtemp(join(tmpdir(), 'openapi-'))
  const file = join(folder, 'openapi.json')
  await writeFile(file, JSON.stringify(openApiOf({ ...setup, version })))
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  const lint = promisify(execFile)(redocly, ['lint', file, '--extends', 'recommended', '--format', 'json'], { env })
  const { stdout } = await lint.catch((error: { stdout: string }) => error)
  await rm(folder, { recursive: true })
  const { problems } = JSON.parse(stdout) as { problems: { ruleId: string; message: string }[] }
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([])
})
