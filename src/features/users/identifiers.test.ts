import { expect, test } from 'vitest'
import { identifierKinds, parseIdentifier } from './identifiers.ts'

const all = identifierKinds.map(({ kind }) => kind)

test('one address in any case, spacing or Unicode form is one identifier', () => {
  for (const typed of ['Ada@Example.COM', ' ada@example.com ', 'ａｄａ@example.com', 'ada@ＥＸＡＭＰＬＥ.com']) {
    expect(parseIdentifier(typed, all)).toEqual({ kind: 'email', value: 'ada@example.com' })
  }
  expect(parseIdentifier('ada@bücher.example', all)?.value).toBe('ada@xn--bcher-kva.example')
})

test('admin@local is an address', () => {
  expect(parseIdentifier('admin@local', all)).toEqual({ kind: 'email', value: 'admin@local' })
})

test('a phone number is kept as E.164 and a username in lower case', () => {
  expect(parseIdentifier('+39 (06) 698-1234', all)).toEqual({ kind: 'phone', value: '+39066981234' })
  expect(parseIdentifier('Ada.Lovelace', all)).toEqual({ kind: 'username', value: 'ada.lovelace' })
})

test('ML-02: quoted local parts, lists, comments, controls and empty parts are no addresses', () => {
  const hostile = [
    '"a b"@x.org',
    'a@x.org,b@x.org',
    'a(comment)@x.org',
    'a@b@c',
    '@x.org',
    'a@',
    'a@x..org',
    'a..b@x.org',
    'a@x.org\0',
    'a\r\nBcc: b@x.org',
  ]
  for (const typed of hostile) expect(parseIdentifier(typed, all)).toBeUndefined()
})

test('ML-02: an address is never read as another one: what is no part of a domain is refused, not cut off or decoded', () => {
  const cut = [
    'ada@x.org/evil.example',
    'ada@x.org?b',
    'ada@x.org#b',
    'ada@x.org:80',
    'ada@x%41.org',
    'ada@x.org\\b',
    'ada@büro.org/b',
  ]
  for (const typed of cut) expect(parseIdentifier(typed, all), typed).toBeUndefined()
  expect(parseIdentifier('ada@1.2.3', all)?.value).toBe('ada@1.2.3')
})

test('a kind that is not allowed is not recognised', () => {
  expect(parseIdentifier('ada', ['email'])).toBeUndefined()
  expect(parseIdentifier('ada@example.com', ['username'])).toBeUndefined()
})
