import { expect, test } from 'vitest'
import { z } from 'zod'
import { endpoint } from '../contract/endpoint.ts'
import { parseInput } from './input.ts'

test('no field of the query or the body takes the place of what stands in the path', async () => {
  const label = endpoint({
    method: 'PUT',
    path: '/notes/:id/labels',
    access: 'session',
    summary: 'Labels of any name',
    params: z.object({ id: z.string() }),
    query: z.looseObject({ page: z.string() }),
    body: z.record(z.string(), z.string()),
  })
  const sent = { params: { id: 'mine' }, query: { id: 'theirs', page: '1' }, body: { id: 'theirs', page: '2', colour: 'red' } }
  expect(await parseInput(label, sent)).toEqual({ id: 'mine', page: '1', colour: 'red' })
})
