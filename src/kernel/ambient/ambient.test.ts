import { expect, test } from 'vitest'
import { idsAt } from './ambient.ts'

test('ids stand in the order they were made in, within one millisecond too, and tell nothing of each other', () => {
  let at = Date.parse('2026-01-01T12:00:00Z')
  const newId = idsAt({ now: () => new Date(at) })
  const ids = Array.from({ length: 3_000 }, (_, index) => {
    if (index % 1_000 === 999) at += 1
    return newId()
  })
  expect(ids).toEqual([...ids].sort())
  expect(new Set(ids.map((id) => id.slice(-8))).size).toBe(ids.length)
  expect(new Set(ids.map((id) => id.slice(14, 18))).size).toBeGreaterThan(1) // each millisecond begins somewhere else
})
