import Libsql from 'libsql'
import { describe, expect, test } from 'vitest'
import { checkedHandle, type SqliteHandle } from './sqlite-driver.ts'

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => SqliteHandle
}

/** node:sqlite is there from Node 22 on. */
const nodeSqlite = process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined

const drivers: [string, () => SqliteHandle][] = [['libsql', () => new Libsql(':memory:')]]
if (nodeSqlite) drivers.push(['node:sqlite', () => new nodeSqlite.DatabaseSync(':memory:')])

describe.each(drivers)('the checking shim over %s', (_name, open) => {
  const answer = (value: unknown) => checkedHandle(open()).run('select ? as value', [value]).rows[0]?.value

  test.each([
    ['true', true, 1],
    ['false', false, 0],
    ['undefined', undefined, null],
    ['null', null, null],
    ['a date', new Date(1_700_000_000_123), 1_700_000_000_123],
    ['an integer', 2 ** 53 - 1, 2 ** 53 - 1],
    ['a bigint', 12n, 12],
    ['a text beyond the basic plane', '🗝', '🗝'],
    ['a lone buffer', Buffer.from([1, 0, 2]), Buffer.from([1, 0, 2])],
    ['a view into a larger buffer', new Uint8Array([9, 1, 2, 9]).subarray(1, 3), Buffer.from([1, 2])],
  ])('%s is bound safely', (_what, value, expected) => {
    expect(answer(value)).toEqual(expected)
  })

  test.each([
    ['an object', {}],
    ['an array', ['a']],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['an integer beyond 64 bits', 2n ** 64n],
    ['an invalid date', new Date(Number.NaN)],
  ])('%s never reaches the driver', (_what, value) => {
    expect(() => answer(value)).toThrow('cannot be bound')
  })

  test.each([
    ['NUL cuts a text short', 'admin@local\0@evil.example'],
    ['half a surrogate pair is replaced silently', 'a\udfff'],
  ])('%s: refused', (_attack, value) => {
    expect(() => answer(value)).toThrow(expect.objectContaining({ code: 'validation_failed' }))
  })

  test('missing or surplus parameters are refused instead of read as NULL', () => {
    const handle = checkedHandle(open())

    expect(() => handle.run('select ? as a, ? as b', [1])).toThrow('takes 2 parameters, 1 were given')
    expect(() => handle.run('select ? as a', [1, 2])).toThrow('takes 1 parameters, 2 were given')
    expect(handle.run(`select '?' as "a?", ? as [b?] /* ? */ -- ?`, [1]).rows).toEqual([{ 'a?': '?', 'b?': 1 }])
  })

  test('writes say how many rows they changed, with and without returning', () => {
    const handle = checkedHandle(open())
    handle.run('create table t (id integer primary key, name text unique)')

    expect(handle.run('insert into t (id, name) values (?, ?), (?, ?)', [1, 'a', 2, 'b'])).toMatchObject({
      rows: [],
      changes: 2n,
    })
    expect(handle.run('update t set name = ? where id = ?', ['c', 9])).toMatchObject({ changes: 0n })
    expect(handle.run('delete from t where id = ? returning name', [1]).rows).toEqual([{ name: 'a' }])
    expect(() => handle.run('insert into t (id, name) values (?, ?)', [3, 'b'])).toThrow('UNIQUE')
    expect(handle.run('insert into t (id, name) values (?, ?)', [3, 'd'])).toMatchObject({ changes: 1n })
    handle.close()
  })
})
