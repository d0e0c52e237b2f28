import { expect, test } from 'vitest'
import { redraw } from './tables.mjs'

const table = { name: 'fruit', head: ['Name', 'Type'], words: 'Meaning' }
const page = (...rows) =>
  [
    'Before.',
    '<!-- fruit:begin, ours -->',
    '| Name | Type | Meaning |',
    '| --- | --- | --- |',
    ...rows,
    '<!-- fruit:end -->',
    'After.',
  ].join('\n')

test('a table that says what the code says stays as it is', () => {
  const text = page("| `apple` | `'red' \\| 'green'` | To eat. |")
  expect(redraw(text, table, [['`apple`', "`'red' | 'green'`"]])).toEqual({ text, unsaid: [] })
})

test('a cell that the code has left behind is put right, and the words beside it are kept', () => {
  const { text } = redraw(page('| `apple` | `blue` | To eat. |'), table, [['`apple`', '`red`']])
  expect(text).toBe(page('| `apple` | `red` | To eat. |'))
})

test('a new row asks for words, and a row that is gone takes its own along', () => {
  const { text, unsaid } = redraw(page('| `apple` | `red` | To eat. |'), table, [['`pear`', '`green`']])
  expect(text).toBe(page('| `pear` | `green` |  |'))
  expect(unsaid).toEqual(['`pear`'])
})

test('a page without the marks has no such table', () => {
  expect(redraw('Nothing here.', table, [])).toBeUndefined()
})
