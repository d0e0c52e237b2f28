import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Device, device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { ada } from './routes.ts'
import { stopwatch } from './timing-rule.ts'

let house: ReturnType<typeof houseOn>
let laptop: Device
let good: { header: Record<string, unknown>; payload: Record<string, unknown>; text: string }
let jwk: Record<string, unknown>

const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>

beforeAll(async () => {
  house = houseOn(storageAt(':memory:'))
  laptop = device(house)
  await laptop.send('POST', '/auth/register', ada)
  const { body } = await device(house).send('POST', '/auth/login', ada, { 'x-auth-strategy': 'bearer' })
  const [header, payload] = body.accessToken.split('.')
  good = { header: decode(header), payload: decode(payload), text: body.accessToken }
  const { keys } = (await device(house).send('GET', '/auth/.well-known/jwks.json')).body as unknown as { keys: (typeof jwk)[] }
  jwk = keys[0] ?? {}
})
afterAll(() => house.auth.close())

const foreign = generateKeyPairSync('ed25519')
/** A token of the given parts; signed with a stranger's key unless something else is put in the place of the signature. */
function forge(header: object, payload: object = {}, signature?: string | ((input: string) => string)): string {
  const input = `${encode({ ...good.header, ...header })}.${encode({ ...good.payload, ...payload })}`
  const made = typeof signature === 'function' ? signature(input) : signature
  return `${input}.${made ?? sign(null, Buffer.from(input), foreign.privateKey).toString('base64url')}`
}

/** The forged token is refused at every verifier, and never falls through to the good cookie beside it. */
async function expectRefused(token: string): Promise<void> {
  const authorization = `Bearer ${token}`
  const answer = await laptop.send('GET', '/auth/me', undefined, { authorization })
  expect([answer.status, answer.body.code]).toEqual([401, 'unauthorized'])
  const cookie = [...laptop.jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const request = { headers: { authorization, cookie } }
  expect((await house.auth.authenticate(request)).status).toBe('invalid')
  await expect(house.auth.require(request)).rejects.toMatchObject({ code: 'unauthorized' })
  await expect(house.auth.as(request).me()).rejects.toMatchObject({ code: 'unauthorized' })
}

describe('access tokens over HTTP, each beside a good cookie', () => {
  test('the untouched token and the cookie pass, so that a refusal below means something', async () => {
    expect((await laptop.send('GET', '/auth/me')).status).toBe(200)
    expect((await device(house).send('GET', '/auth/me', undefined, { authorization: `Bearer ${good.text}` })).status).toBe(200)
  })

  test.each(['none', 'None', 'NONE', 'nOnE', ''])('JWT-01: alg %j, and an empty signature', async (alg) => {
    await expectRefused(forge({ alg }, {}, ''))
    await expectRefused(forge({ alg }))
    await expectRefused(`${good.text.split('.').slice(0, 2).join('.')}.`)
  })

  test.each(['sha256', 'sha384', 'sha512'])('JWT-02: a MAC (%s) with our published key as the secret', async (hash) => {
    const secrets = [JSON.stringify(jwk), String(jwk.x), Buffer.from(String(jwk.x), 'base64url')]
    for (const secret of secrets) {
      const mac = (input: string) => createHmac(hash, secret).update(input).digest('base64url')
      await expectRefused(forge({ alg: `HS${hash.slice(3)}` }, {}, mac))
      await expectRefused(forge({}, {}, mac))
    }
  })

  test('JWT-04: a token that brings or names a key of its own, and nobody is asked for it', async () => {
    let connections = 0
    const sink = createServer((_req, res) => res.end('{"keys":[]}')).on('connection', () => {
      connections += 1
    })
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
    const address = sink.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : ''}/keys`
    const own = foreign.publicKey.export({ format: 'jwk' })
    for (const header of [{ jwk: own }, { jku: url }, { x5u: url }, { x5c: ['MII'] }]) await expectRefused(forge(header))
    await new Promise((resolve) => sink.close(resolve))
    expect(connections).toBe(0)
  })

  test.each(['../../etc/passwd', "' or 1=1 --", '\u0000', '__proto__', 'constructor', 'unknown', 'k'.repeat(10_000)])(
    'JWT-05: kid %j',
    (kid) => expectRefused(forge({ kid })),
  )

  test('JWT-07, JWT-08: foreign audiences and issuers, in any form', async () => {
    const { aud, iss } = good.payload
    for (const wrong of [undefined, 'https://evil.example', [[aud]], 7, null, {}]) await expectRefused(forge({}, { aud: wrong }))
    const near = [[iss], `${iss}/`, String(iss).toUpperCase(), String(iss).replace('a', '\u0430'), undefined]
    for (const wrong of near) await expectRefused(forge({}, { iss: wrong }))
  })

  test('JWT-10: crit, b64 and duplicate members in the header', async () => {
    await expectRefused(forge({ crit: ['exp'] }))
    await expectRefused(forge({ b64: false, crit: ['b64'] }))
    const twice = encode(`{"alg":"none",${JSON.stringify(good.header).slice(1)}`)
    await expectRefused([twice, ...good.text.split('.').slice(1)].join('.'))
  })

  test('JWT-11: huge, deep, encrypted and password-based tokens cost next to nothing', async () => {
    const claims = Object.fromEntries(Array.from({ length: 10_000 }, (_, nr) => [`claim${nr}`, nr]))
    const bombs = [
      `${good.text}${'A'.repeat(1_000_000)}`,
      forge({}, claims),
      forge({ nested: JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) }),
      [encode({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' }), '', 'AAAA', 'AAAA', 'AAAA'].join('.'),
      [encode({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2_000_000_000, p2s: 'AAAA' }), 'AAAA', 'AAAA', 'AAAA', 'A'].join(
        '.',
      ),
    ]
    for (const token of bombs) {
      const request = { headers: { authorization: `Bearer ${token}` } }
      const took: number[] = []
      for (let time = 0; time < 5; time += 1) {
        const since = stopwatch()
        expect((await house.auth.authenticate(request)).status).toBe('invalid')
        took.push(since().cpu)
      }
      // The least: garbage of those before us may be collected in any of them, but not in each.
      expect(Math.min(...took)).toBeLessThan(20)
      expect([401, 431]).toContain((await device(house).send('GET', '/auth/me', undefined, request.headers)).status)
    }
  })
})
