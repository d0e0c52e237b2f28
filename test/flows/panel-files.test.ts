/**
 * The files of the panel on their way to a browser.
 *
 * @module
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { sqlite } from '../../src/sqlite.ts'
import { houseOn } from './house.ts'

const baseUrl = 'https://app.example.com'
const authorization = `Bearer ${'k'.repeat(43)}`
const house = houseOn(sqlite(':memory:'), { baseUrl, admin: { secret: 'k'.repeat(43) }, infra: { runJobs: false } })
afterAll(() => house.auth.close())

async function fetched(path: string, accepted?: string) {
  const headers = { authorization, ...(accepted !== undefined && { 'accept-encoding': accepted }) }
  const { status, headers: said, body } = await house.auth.handle(new Request(baseUrl + path, { headers }))
  const bytes = Buffer.from(await new Response(body).arrayBuffer())
  return { status, coding: said.get('content-encoding'), vary: said.get('vary') ?? '', bytes }
}

test('a script of the panel is sent as small as the browser can read it', async () => {
  const document = String((await fetched('/admin', 'br, gzip')).bytes)
  const [, name] = /src="\.\/(assets\/[\w.-]+\.js)"/.exec(document) ?? expect.unreachable()
  const whole = await fetched(`/admin/${name}`)
  expect(whole).toMatchObject({ status: 200, coding: null, vary: expect.stringContaining('Accept-Encoding') })
  const coded = async (accepted: string) => {
    const { coding, vary, bytes } = await fetched(`/admin/${name}`, accepted)
    expect(vary).toContain('Accept-Encoding')
    const read = coding === 'br' ? brotliDecompressSync(bytes) : coding === 'gzip' ? gunzipSync(bytes) : bytes
    expect(read.equals(whole.bytes)).toBe(true)
    if (coding !== null) expect(bytes.length).toBeLessThan(whole.bytes.length / 2)
    return coding
  }
  for (const accepted of ['gzip, deflate, br, zstd', 'br;q=0.1, GZIP;q=1']) expect(await coded(accepted)).toBe('br')
  for (const accepted of ['gzip', 'br;q=0, gzip;q=0.5', 'br;q=0.000,gzip']) expect(await coded(accepted)).toBe('gzip')
  for (const accepted of ['', '*', 'identity', 'gzip;q=0', 'bread', ';q=1,,']) expect(await coded(accepted)).toBeNull()
})

test('what the operators\u2019 API answers is not compressed, whatever a browser could read', async () => {
  expect(await fetched('/admin/api/users', 'br, gzip')).toMatchObject({ status: 200, coding: null })
  expect(await fetched('/admin', 'br, gzip')).toMatchObject({ status: 200, coding: null })
})

test('who only asks about an export takes nobody away, and the audit log says so', async () => {
  const request = new Request(`${baseUrl}/admin/api/users/export`, { method: 'HEAD', headers: { authorization } })
  const answer = await house.auth.handle(request)
  expect([answer.status, answer.headers.get('content-type'), answer.body]).toEqual([200, 'text/csv; charset=utf-8', null])
  const { entries } = await house.auth.asSystem('test').audit.list({ action: 'identity.export' })
  expect(entries.map(({ action }) => action)).toEqual(['identity.export.ended', 'identity.export.started'])
  expect(entries[0]?.data).toMatchObject({ users: 0, complete: false })
})
