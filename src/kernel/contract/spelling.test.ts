import { expect, test } from 'vitest'
import { oneSpelling } from './spelling.ts'

const spellings: readonly (readonly [string, readonly string[]])[] = [
  ['+39066981234', ['+39 (06) 698-1234', '+39066981234', ' +39.06.698.1234 ', '+39\u00a006\u00a06981234', '＋39 06 6981234']],
  [
    'ada@xn--bcher-kva.example',
    ['ada@bücher.example', 'Ada@BÜCHER.Example', 'ada@xn--bcher-kva.example', 'ada@xn--BCHER-KVA.example'],
  ],
  ['ada.l', ['Ada.L', ' ada.l ', 'ａｄａ.ｌ']],
]

test.each(spellings)('%s is counted as one name, however it is typed', (one, typed) => {
  for (const text of typed) expect(oneSpelling(text), text).toBe(one)
})

test('a name that has its one spelling keeps it', () => {
  for (const text of [
    ...spellings.map(([one]) => one),
    '',
    '@',
    '+',
    'ada@',
    'a@b@c',
    'ada@x.org/b',
    'ada@bü ro',
    'ada@1.2.3',
    '+1@x.org',
  ]) {
    expect(oneSpelling(oneSpelling(text)), text).toBe(oneSpelling(text))
  }
})
