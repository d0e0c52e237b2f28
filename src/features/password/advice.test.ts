import { expect, test } from 'vitest'
import { createTestAuth } from '../../testing.ts'

test('somebody who types a password is told how good it is, in their language; it decides nothing and is off unless asked for', async () => {
  const lines: unknown[] = []
  const log = (details: object, message: string) => void lines.push(details, message)
  const logger = { debug: log, info: log, warn: log, error: log }
  const { auth, client, close } = await createTestAuth({ password: { advice: true }, infra: { logger } })
  const browser = client()
  expect(await browser.password.advice({ password: 'p4ssw0rd1' })).toEqual({
    score: 0,
    warning: { code: 'similar_to_common', text: 'It is almost one that many people use.' },
    suggestions: expect.arrayContaining([expect.objectContaining({ code: 'l33t' })]),
  })
  const own = { password: 'ada.lovelace1', identifier: 'ada.lovelace@example.com' }
  expect((await browser.password.advice(own)).warning?.code).toBe('user_inputs')
  expect(await browser.password.advice({ password: 'violet harbour lamp' })).toEqual({ score: 4, suggestions: [] })

  const request = new Request('https://app.example.test/auth/password/advice', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'it', origin: 'https://app.example.test' },
    body: JSON.stringify({ password: 'aaaaaaaaaaaa' }),
  })
  const said = (await (await auth.handle(request)).json()) as { warning: { text: string } }
  expect(said.warning.text).toMatch(/si indovina facilmente/)
  expect(JSON.stringify(lines)).not.toMatch(/p4ssw0rd|lovelace|violet|aaaa/)
  await close()

  const without = await createTestAuth()
  expect((await without.client().password.advice(own).result()).ok).toBe(false)
  await without.close()
})

/** Each makes one part of the estimator work its hardest. */
const hostile = [
  '4@8({[<3€6#!|1/$5+7%2',
  'p4$$w0rd',
  '1122334455667788990011',
  '1/1/2011-2-2-1999.12.12',
  '|()',
  'qwertyuiop',
  'a',
  '😀',
]

test('no password, however long and odd, keeps the process busy', async () => {
  const { client, close } = await createTestAuth({ password: { advice: true } })
  const browser = client()
  await browser.password.advice({ password: 'the dictionaries are loaded' })
  for (const part of hostile) {
    const before = process.cpuUsage()
    await browser.password.advice({ password: part.repeat(4_000).slice(0, 4_000), identifier: `${part}@example.com`.slice(-300) })
    expect(process.cpuUsage(before).user / 1000, `${part}, ms of work`).toBeLessThan(500)
  }
  await close()
})
