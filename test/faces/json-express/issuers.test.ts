import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { ada, openDesk } from './desk.ts'

const issuer = 'https://id.example.com'
const audience = 'https://api.example.com'

/** Somebody who publishes a key and signs with it. */
async function openIssuer(clock: () => Date) {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'theirs', alg: 'RS256', use: 'sig' }
  const server = createServer((_request, response) => void response.end(JSON.stringify({ keys: [jwk] }))).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())))
  const sign = (claims: object = {}, typ = 'JWT') => {
    const iat = Math.floor(clock().getTime() / 1000)
    return new SignJWT({
      sub: 'u-1',
      email: 'bob@example.com',
      role: 'reader',
      iss: issuer,
      aud: audience,
      iat,
      exp: iat + 600,
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'theirs', typ })
      .sign(privateKey)
  }
  return { jwksUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`, sign }
}

test('tokens of the issuer at jwksUri are taken beside ours, say who somebody is there, and are no session here', async () => {
  let now = () => new Date()
  const theirs = await openIssuer(() => now())
  const env = {
    'jex.auth.jwksUri': theirs.jwksUri,
    'jex.auth.algorithms': 'RS256',
    'jex.auth.issuer': issuer,
    'jex.auth.audience': audience,
  }
  const { post, get, plugin, clock } = await openDesk({ env })
  now = clock.now
  const own = (await post('/auth/register', ada)).body
  expect((await get('/auth/me', own.accessToken)).body.id).toBe(own.user.id)

  for (const typ of ['JWT', 'at+jwt']) {
    const token = await theirs.sign({}, typ)
    expect(await get('/auth/me', token)).toEqual({ status: 200, body: { id: 'u-1', email: 'bob@example.com', role: 'reader' } })
    expect(JSON.parse((await plugin.verify(`Bearer ${token}`)) ?? '')).toMatchObject({ sub: 'u-1', iss: issuer })
  }
  const posing = await theirs.sign({ sub: own.user.id })
  const change = { currentPassword: ada.password, newPassword: 'another horse battery' }
  expect(await post('/auth/password/change', change, posing)).toMatchObject({ status: 401, body: { error: 'Unauthorized' } })
  for (const refused of [{ iss: 'https://evil.example.com' }, { aud: 'others' }, { exp: 1 }])
    expect((await get('/auth/me', await theirs.sign(refused))).status).toBe(401)
})

test('JWT-02: a token signed with the published key as if it were a secret is refused', async () => {
  let now = () => new Date()
  const theirs = await openIssuer(() => now())
  const { get, clock } = await openDesk({
    env: { 'jex.auth.jwksUri': theirs.jwksUri, 'jex.auth.issuer': issuer, 'jex.auth.audience': audience },
  })
  now = clock.now
  expect((await get('/auth/me', await theirs.sign())).status).toBe(200)
  const published = await (await fetch(theirs.jwksUri)).text()
  const iat = Math.floor(clock.now().getTime() / 1000)
  for (const kid of ['theirs', 'shared'])
    for (const typ of ['JWT', 'at+jwt']) {
      const forged = await new SignJWT({ sub: 'u-1', iss: issuer, aud: audience, iat, exp: iat + 600 })
        .setProtectedHeader({ alg: 'HS256', kid, typ })
        .sign(Buffer.from(published))
      expect((await get('/auth/me', forged)).status).toBe(401)
    }
})

test('an issuer that is away is no refusal', async () => {
  const env = { 'jex.auth.jwksUri': 'http://127.0.0.1:9/jwks.json', 'jex.auth.issuer': issuer, 'jex.auth.audience': audience }
  const { post, get, clock } = await openDesk({ env })
  const { sign } = await openIssuer(clock.now)
  const own = (await post('/auth/register', ada)).body
  expect((await get('/auth/me', own.accessToken)).status).toBe(200)
  expect((await get('/auth/me', await sign())).status).toBe(503)
})
