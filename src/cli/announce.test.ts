import { expect, test } from 'vitest'
import { box } from './announce.ts'

const url = 'URL       http://127.0.0.1:3000'

test('a box is as wide as its longest line', () => {
  const drawn = box([url, ''], 80)
  expect(new Set(drawn.map((line) => line.length))).toEqual(new Set([url.length + 6]))
})

test('colours do not count as width', () => {
  const [edge = '', ...rest] = box(['\x1b[1mKeywright\x1b[22m', url], 80)
  expect(edge).toHaveLength(url.length + 6)
  expect(rest[1]).toHaveLength(edge.length + '\x1b[1m\x1b[22m'.length)
})

test('a line wider than the terminal goes on below and loses nothing', () => {
  const path = `/srv/${'folder/'.repeat(20)}`
  const drawn = box([`Data      ${path}`], 60)
  expect(Math.max(...drawn.map((line) => line.length))).toBe(60)
  expect(drawn.map((line) => line.slice(13, -3).trim()).join('')).toContain(path)
})

test('a terminal too narrow for a box gets the lines alone', () => {
  expect(box([url], 40)).toEqual([url])
})
