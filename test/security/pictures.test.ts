/**
 * What somebody uploads who wants more than a picture: script that this origin sends, names that lead elsewhere, a disk that is full.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { houseOn } from '../flows/house.ts'

const secret = 'k'.repeat(43)
const script = '<html><script>alert(1)</script></html>'

const beginnings = {
  png: Buffer.from('89504e470d0a1a0a', 'hex'),
  jpg: Buffer.from('ffd8ffe0', 'hex'),
  gif: Buffer.from('GIF89a'),
  webp: Buffer.from('RIFF\x04\x00\x00\x00WEBPVP8 '),
}
const picture = (kind: keyof typeof beginnings, rest: string) => Buffer.concat([beginnings[kind], Buffer.from(rest)])

describe.each(engines)('pictures on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>

  beforeAll(async () => {
    engine = await open()
    house = houseOn(engine.storage, { admin: { secret } })
    await house.auth.ready()
  })
  afterAll(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  async function send(method: string, path: string, body?: Uint8Array | string, type?: string) {
    const headers = { authorization: `Bearer ${secret}`, ...(type !== undefined && { 'content-type': type }) }
    const url = `https://app.example.com${path}`
    const response = await house.auth.handle(new Request(url, { method, headers, ...(body !== undefined && { body }) }))
    const bytes = Buffer.from(await response.arrayBuffer())
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, headers: response.headers, bytes, body: isJson ? JSON.parse(bytes.toString()) : {} }
  }
  const upload = (content: Uint8Array | string, type = 'image/png') => send('POST', '/admin/api/upload/logo', content, type)
  const files = async () => (await send('GET', '/admin/api/upload/files')).body.files as { filename: string }[]

  test('each of the four kinds is sent as what its bytes say, to be saved and never shown as a page, also when script follows', async () => {
    const types = { png: 'image/png', jpg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' }
    for (const kind of ['png', 'jpg', 'gif', 'webp'] as const) {
      const content = picture(kind, script)
      const kept = await upload(content, 'application/octet-stream')
      expect([kept.status, kept.body.type, kept.body.bytes]).toEqual([201, types[kind], content.length])
      expect(kept.body.url).toBe(`/auth/ui/assets/uploads/${kept.body.filename}`)
      const { status, headers, bytes } = await send('GET', kept.body.url)
      expect([status, bytes.equals(content)]).toEqual([200, true])
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': types[kind],
        'content-disposition': `attachment; filename="${kept.body.filename}"`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'public, max-age=31536000',
      })
    }
  })

  test('script, SVG and what only says it is a picture are refused', async () => {
    const before = await files()
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    for (const content of [
      script,
      svg,
      `\ufeff${svg}`,
      'GIF',
      'RIFF    WEBM',
      '\x89PN',
      ' \x89PNG\r\n\x1a\n',
      '<!--\xff\xd8\xff',
    ])
      expect([content, (await upload(Buffer.from(content, 'latin1'))).body.code]).toEqual([content, 'picture_rejected'])
    expect((await upload('')).status).toBe(400)
    for (const type of ['image/svg+xml', 'text/html', 'multipart/form-data; boundary=x'])
      expect([type, (await upload(picture('png', type), type)).status]).toEqual([type, 415])
    expect((await upload(Buffer.concat([beginnings.png, Buffer.alloc(1_000_000)]))).status).toBe(413)
    expect(await files()).toEqual(before)
  })

  test('a name leads to no other file, neither to be read nor to be deleted', async () => {
    const [one] = await files()
    for (const name of [
      '..%2f..%2fidentity.db',
      '%2e%2e%2fsecret',
      `x${one?.filename}`,
      `${one?.filename}%00.png`,
      'a.png',
      one?.filename.toUpperCase(),
    ])
      for (const [method, path] of [
        ['GET', '/auth/ui/assets/uploads/'],
        ['DELETE', '/admin/api/upload/'],
      ] as const)
        expect([name, [400, 404]]).toEqual([name, expect.arrayContaining([(await send(method, path + name)).status])])
  })

  test('of 20 uploads of one picture at once one keeps it, and the log has it once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => upload(picture('png', 'the same'))))
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.filename} ${body.uploadedAt}`)).size).toBe(1)
    const { entries } = await house.auth.asSystem('test').audit.list({ action: 'identity.picture.uploaded', limit: 100 })
    expect(entries.filter(({ target }) => target === answers[0]?.body.filename)).toHaveLength(1)
  })

  test('what pages show is not deleted before they show another', async () => {
    const { settings } = house.auth.asSystem('test')
    const { filename, url } = (await upload(picture('png', 'logo'))).body
    await settings.set({ settings: { 'pages.logoUrl': url } })
    expect((await send('GET', '/auth/login')).bytes.toString()).toContain(`<img src="${url}"`)
    expect((await send('DELETE', `/admin/api/upload/${filename}`)).body.code).toBe('picture_in_use')
    await settings.set({ settings: { 'pages.logoUrl': null } })
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => send('DELETE', `/admin/api/upload/${filename}`)))
    expect(outcomes.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404, 404])
    expect((await send('GET', url)).status).toBe(404)
  })

  test('no more than fifty are kept', async () => {
    for (let nr = (await files()).length; nr < 47; nr += 1) await upload(picture('gif', `number ${nr}`))
    const answers = await Promise.all(Array.from({ length: 12 }, (_, nr) => upload(picture('webp', `at once ${nr}`))))
    const outcomes = answers.map(({ status, body }) => body.code ?? status)
    expect(outcomes.sort()).toEqual([201, 201, 201, ...Array(9).fill('too_many_pictures')])
    expect(await files()).toHaveLength(50)
    const again = answers.findIndex(({ status }) => status === 201)
    expect((await upload(picture('webp', `at once ${again}`))).status).toBe(201)
    const [newest] = await files()
    expect((await send('DELETE', `/admin/api/upload/${newest?.filename}`)).status).toBe(204)
    expect((await upload(picture('gif', 'one more'))).status).toBe(201)
  })
})
