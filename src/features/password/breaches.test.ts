import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { silentLogger } from '../../kernel/ambient/ambient.ts'
import { createTestAuth } from '../../testing.ts'
import { type BreachedPasswords, createBreachCheck } from './breaches.ts'
import { pwnedPasswords } from './gateway.ts'

/** SHA-1 of `violet harbour lamp`. */
const [prefix, suffix] = ['48CFB', '259C32DFCF1E42F3C51BFB64FFCC805C72B']
const leaked = 'violet harbour lamp'
const good = 'qpwmznxbtyghvcd'

function listening() {
  const warnings: string[] = []
  return { warnings, logger: { ...silentLogger, warn: (_: object, message: string) => warnings.push(message) } }
}

test('PW-05: a password known from a breach is refused wherever one is chosen; only five characters of a digest leave', async () => {
  const asked: string[] = []
  const breached: BreachedPasswords = async (range) => {
    asked.push(range)
    return range === prefix ? { [suffix]: 12 } : { [suffix]: 3, ['0'.repeat(35)]: 0 }
  }
  const { auth, seed, client, loginAs, mail, close } = await createTestAuth({ password: { breached } })
  const refused = { ok: false, error: { code: 'password_rejected', issues: [{ code: 'breached' }] } }
  const browser = client()
  expect(await browser.register({ email: 'eve@example.com', password: leaked }).result()).toMatchObject(refused)
  expect(asked).toEqual([prefix])
  for (const password of ['123456789012', 'eve@example.com', 'keywright2026', 'testtest2026']) {
    expect(await browser.register({ email: 'eve@example.com', password }).result(), password).toMatchObject({ ok: false })
  }
  expect(asked).toHaveLength(1) // our own list speaks first
  expect((await browser.register({ email: 'eve@example.com', password: good })).status).toBe('active')

  const ada = await seed.user({ email: 'ada@example.com' })
  const laptop = await loginAs({ email: ada.email })
  const change = { currentPassword: ada.password, newPassword: leaked }
  expect(await laptop.password.change(change).result()).toMatchObject(refused)
  await browser.password.forgot({ email: ada.email })
  const token = new URL(mail.sentTo(ada.email)[0]?.links[0] ?? '').searchParams.get('token') ?? ''
  expect(await browser.password.reset({ token, newPassword: leaked }).result()).toMatchObject(refused)
  const { temporaryPassword } = await auth.asSystem('test').password.reset({ id: ada.id })
  const phone = client()
  await phone.login({ email: ada.email, password: temporaryPassword })
  expect(await phone.password.finishLogin({ newPassword: leaked }).result()).toMatchObject(refused)
  expect(asked.join()).not.toMatch(/[^0-9A-F,]|[0-9A-F]{6}/)
  await close()
})

test('PW-05: while whoever knows them is away a password is judged by our own list alone, and the log says so', async () => {
  const { warnings, logger } = listening()
  const breached: BreachedPasswords = () => Promise.reject(new Error('away'))
  const { client, close } = await createTestAuth({ password: { breached }, infra: { logger } })
  expect(await client().register({ email: 'eve@example.com', password: 'qwertyuiop123' }).result()).toMatchObject({ ok: false })
  expect((await client().register({ email: 'eve@example.com', password: leaked })).status).toBe('active')
  expect(warnings).toEqual([expect.stringContaining('could not be asked')])
  await close()

  const hangs = createBreachCheck({ ask: () => new Promise(() => {}), logger, patienceMs: 20 })
  expect(await hangs(leaked)).toBe(false)
  expect(warnings).toHaveLength(2)
})

test('the service is asked for a padded range and for nothing else; padding counts as unknown', async () => {
  const requests: unknown[] = []
  const service = createServer(({ method, url, headers }, answer) => {
    requests.push([method, url, headers['add-padding'], headers['content-length']])
    answer.end(`${'0'.repeat(35)}:7\r\n${suffix}:${requests.length > 1 ? 0 : 5}`)
  })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  const ask = pwnedPasswords(`http://127.0.0.1:${(service.address() as AddressInfo).port}`)
  const isBreached = createBreachCheck({ ask, logger: silentLogger })
  expect([await isBreached(leaked), await isBreached(leaked)]).toEqual([true, false])
  expect(requests[0]).toEqual(['GET', `/range/${prefix}?mode=sha1`, 'true', undefined])
  await new Promise((resolve) => service.close(resolve))
})
