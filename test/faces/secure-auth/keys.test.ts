import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { AuthService, type SessionStore } from 'keywright/secure-auth'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SecureAuth } from '../../../src/compat/secure-auth/auth-service.ts'
import { newPemPair } from '../../../src/kernel/crypto/pem.ts'
import { MemoryStore, openDesk, openWithAda, pem } from './desk.ts'

let folder: string
const place = (...parts: string[]) => join(folder, ...parts)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keywright-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

type Given = ConstructorParameters<typeof SecureAuth>[0]

/** Whether the service and the pair of the other two arguments are of one key: a token of one is a token of the other. */
async function usesKeys(
  given: Given,
  store: SessionStore | null,
  keys = pem,
  env: Record<string, string> = {},
): Promise<boolean> {
  const { world, clock } = openDesk(store, { world: { env, folder } })
  const { login } = await openWithAda(store, { keys, clock })
  const { accessToken } = await login()
  return new SecureAuth(given, world).validateSession(accessToken).then(
    () => true,
    () => false,
  )
}

function writePair(privateFile: string, publicFile: string): typeof pem {
  const pair = newPemPair()
  writeFileSync(privateFile, pair.privateKey)
  writeFileSync(publicFile, pair.publicKey)
  return pair
}

describe('SA-01: the constructor', () => {
  const store = new MemoryStore()
  const { privateKey, publicKey } = pem

  test.each<[string, Given, SessionStore | null]>([
    ['keys, then the store', [privateKey, publicKey, store], store],
    ['the store, then keys', [store, privateKey, publicKey], store],
    ['keys, then null', [privateKey, publicKey, null], null],
    ['null, then keys', [null, privateKey, publicKey], null],
    ['keys alone', [privateKey, publicKey], null],
  ])('takes %s, and uses the keys it was given over every file', async (_, given, own) => {
    mkdirSync(place('.secure-auth'))
    writePair(place('.secure-auth/private-key.pem'), place('.secure-auth/public-key.pem'))
    const named = { JWT_PRIVATE_KEY: place('a.pem'), JWT_PUBLIC_KEY: place('b.pem') }
    writePair(named.JWT_PRIVATE_KEY, named.JWT_PUBLIC_KEY)
    expect(await usesKeys(given, own, pem, named)).toBe(true)
  })

  test('refuses one key without the other, and an empty one', () => {
    const { world } = openDesk(null)
    const wanting: Given[] = [
      [privateKey, '', store],
      ['', publicKey, store],
      ['', '', store],
      [store, privateKey],
      [' ', '\n', null],
    ]
    for (const given of wanting) {
      expect(() => new SecureAuth(given, world)).toThrow(/^JWT requires both private and public keys$/)
    }
  })

  test('refuses what is no key and what is no store, before anybody logs in', () => {
    const { world } = openDesk(null)
    expect(() => new SecureAuth(['secret', publicKey, store], world)).toThrow('Ed25519')
    expect(() => new SecureAuth([privateKey, 'secret', store], world)).toThrow('Ed25519')
    expect(() => new SecureAuth([privateKey, publicKey, { saveSession: store.saveSession }], world)).toThrow(
      'A session store has',
    )
    expect(() => new SecureAuth([{}, privateKey, publicKey], world)).toThrow('A session store has')
  })

  test("warns of a public key that is another private key's", () => {
    const { warnings } = openDesk(store, { keys: { privateKey, publicKey: newPemPair().publicKey } })
    expect(warnings).toEqual(['The public key is not that of the private key: every token will be refused.'])
  })
})

describe('SA-02: without keys', () => {
  test('they come from the files that the environment names', async () => {
    const named = { JWT_PRIVATE_KEY: place('a.pem'), JWT_PUBLIC_KEY: place('b.pem') }
    const pair = writePair(named.JWT_PRIVATE_KEY, named.JWT_PUBLIC_KEY)
    mkdirSync(place('.secure-auth'))
    writePair(place('.secure-auth/private-key.pem'), place('.secure-auth/public-key.pem'))
    const store = new MemoryStore()
    expect(await usesKeys([store], store, pair, named)).toBe(true)
  })

  test('else from .secure-auth in the working directory', async () => {
    mkdirSync(place('.secure-auth'))
    const pair = writePair(place('.secure-auth/private-key.pem'), place('.secure-auth/public-key.pem'))
    const store = new MemoryStore()
    expect(await usesKeys([store], store, pair)).toBe(true)
    expect(await usesKeys([undefined, undefined, store], store, pair)).toBe(true)
    expect(await usesKeys([], null, pair)).toBe(true)
  })
})

test('SA-03: keys that cannot be read are named, with the command that makes them', () => {
  const { world } = openDesk(null, { world: { folder } })
  const paths = `${place('.secure-auth/private-key.pem')} or ${place('.secure-auth/public-key.pem')}`
  expect(() => new SecureAuth([null], world)).toThrow(`Failed to load keys from ${paths}.`)
  expect(() => new SecureAuth([null], world)).toThrow('npx keywright secure-auth init')
  const env = { JWT_PRIVATE_KEY: '/nowhere/a.pem', JWT_PUBLIC_KEY: '/nowhere/b.pem' }
  expect(() => new SecureAuth([null], { ...world, env })).toThrow('Failed to load keys from /nowhere/a.pem or /nowhere/b.pem.')
})

/** The command as a shell runs it, in the test's folder. */
function keywright(...args: string[]) {
  const bin = resolve('dist/cli/main.js')
  return spawnSync(process.execPath, [bin, 'secure-auth', 'init', ...args], { cwd: folder, encoding: 'utf8' })
}
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('SA-30: secure-auth init', () => {
  test('makes both files without asking, the private one for its owner alone, and names them in .env once', () => {
    writeFileSync(place('.env'), 'PORT=3000') // no newline at the end
    const { status, stdout } = keywright()
    expect(status).toBe(0)
    const [privateFile, publicFile] = [place('.secure-auth/private-key.pem'), place('.secure-auth/public-key.pem')]
    expect(stdout).toContain(privateFile)
    expect([modeOf(place('.secure-auth')), modeOf(privateFile)]).toEqual(['700', '600'])
    expect(readFileSync(place('.env'), 'utf8')).toBe(`PORT=3000\nJWT_PRIVATE_KEY=${privateFile}\nJWT_PUBLIC_KEY=${publicFile}\n`)
    expect(readFileSync(place('.secure-auth/.gitignore'), 'utf8')).toBe('*\n')
  })

  test('a second time it changes nothing and fails, unless it is forced', () => {
    keywright()
    const files = ['.secure-auth/private-key.pem', '.secure-auth/public-key.pem', '.env']
    const read = () => files.map((file) => readFileSync(place(file), 'utf8'))
    const before = read()
    const again = keywright()
    expect(again.status).toBe(2)
    expect(again.stderr).toContain('there are keys already')
    expect(read()).toEqual(before)

    const forced = keywright('--force', '--json')
    expect(forced.status).toBe(0)
    expect(JSON.parse(forced.stdout)).toMatchObject({ privateKeyFile: place(files[0] ?? ''), added: [] })
    expect(read()[0]).not.toBe(before[0])
    expect(read()[2]).toBe(before[2])
    expect(modeOf(place('.secure-auth/private-key.pem'))).toBe('600')
  })

  test('a variable that only contains the name does not count as it, and one that is there stays', () => {
    writeFileSync(place('.env'), 'OLD_JWT_PRIVATE_KEY=/x\n# JWT_PRIVATE_KEY=/y\nexport JWT_PUBLIC_KEY=/z\n')
    expect(keywright('--out', 'keys').status).toBe(0)
    expect(existsSync(place('keys/public-key.pem'))).toBe(true)
    const added = readFileSync(place('.env'), 'utf8').split('\n').slice(3)
    expect(added).toEqual([`JWT_PRIVATE_KEY=${place('keys/private-key.pem')}`, ''])
  })
})

test('SA-31: the pair that init makes is taken up with nothing else said', () => {
  keywright()
  const script = `
    import { AuthService } from '${new URL('../../../dist/secure-auth.js', import.meta.url)}'
    const service = new AuthService(null)
    const ada = { id: 'ada', ...(await service.registerUser({ login: 'ada', password: 'securepassword' })) }
    const { accessToken } = await service.login(ada, 'securepassword')
    console.log((await service.validateSession(accessToken)).userId)`
  const env = { PATH: process.env.PATH }
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder, encoding: 'utf8', env })
  expect([run.status, run.stdout]).toEqual([0, 'ada\n'])
  expect(run.stderr.match(/AuthService has no session store/g)).toHaveLength(1)
})

test('the public class is the same service on the real clock', async () => {
  const service = new AuthService(pem.privateKey, pem.publicKey, new MemoryStore())
  const ada = { id: 'ada', ...(await service.registerUser({ login: 'ada', password: 'securepassword' })) }
  const { accessToken, refreshToken, sessionId } = await service.login(ada, 'securepassword')
  expect(await service.validateSession(accessToken)).toMatchObject({ userId: 'ada', sessionId })
  expect((await service.refresh(refreshToken)).sessionId).toBe(sessionId)
  await expect(service.login(ada, 'wrong')).rejects.toThrow('Invalid credentials')
})
