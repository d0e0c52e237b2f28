import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type Language, languages } from '../../src/messages/languages.ts'
import { type Device, device } from './browser.ts'
import { houseOn } from './house.ts'
import { houses, testIn } from './houses.ts'
import { codeIn, mailed, tokenIn } from './inbox.ts'

const old = 'ada@example.com'
const moved = 'ada@new.example'
const passwords = ['correct horse battery', 'violet harbour lamp 42', 'amber meadow kettle 17'] as const
const minute = 60_000

/** What Ada finds in her mailboxes over her life, in the order it comes. */
const subjects: Readonly<Record<Language, readonly string[]>> = {
  en: [
    'Confirm your address for Example',
    'Choose a new password for Example',
    'Your password at Example was changed',
    'Confirm your new address at Example',
    'Your address at Example was changed',
    'Your account at Example is yours again',
    'Your password at Example was changed',
    'Your account at Example will be deleted',
  ],
  it: [
    'Conferma il tuo indirizzo per Example',
    'Scegli una nuova password per Example',
    'La tua password su Example è cambiata',
    'Conferma il tuo nuovo indirizzo su Example',
    'Il tuo indirizzo su Example è cambiato',
    'Il tuo account su Example è di nuovo tuo',
    'La tua password su Example è cambiata',
    'Il tuo account su Example sarà eliminato',
  ],
}

/** Neighbours in the list read different languages, so that both databases have each. */
const lives = houses.map((kind, n) => ({ kind, name: kind.name, language: languages[n % languages.length] ?? 'en' }))

describe.each(lives)('a life in $language on $name', ({ kind, language }) => {
  const test = testIn(kind)
  let house: ReturnType<typeof houseOn>
  let opened: Awaited<ReturnType<typeof kind.open>>
  let laptop: Device

  beforeEach(async () => {
    opened = await kind.open()
    const options = { stores: opened.stores, email: { verification: 'strict' as const }, ...mailed }
    house = houseOn(opened.storage, options, { jobsAtOnce: true })
    laptop = device(house)
  })
  afterEach(async () => {
    await house.auth.close()
    await opened.cleanup()
  })

  const headers = () => ({
    'accept-language': `${language}-CH, de;q=0.5`,
    'x-csrf-token': laptop.jar.get('__Host-keywright-csrf') ?? '',
  })
  const ask = (method: string, path: string, body?: object) => laptop.send(method, `/auth${path}`, body, headers())
  async function succeed(path: string, body: object): Promise<void> {
    expect(await ask('POST', path, body)).toMatchObject({ status: 200, body: { ok: true } })
  }
  const login = (email: string, password: string) => ask('POST', '/login', { email, password })
  const sent = () => house.service('mail')?.inbox?.messages() ?? []

  /** Lets a minute pass, and what is owed by then go out. */
  async function newestMail(to = old): Promise<string> {
    house.advance(minute)
    house.service('jobs').worker.poke()
    await house.background.settled()
    return sent().find((mail) => mail.to === to)?.text ?? ''
  }

  async function resets(newPassword: string): Promise<void> {
    await succeed('/password/reset', { token: tokenIn(await newestMail()), newPassword })
    await newestMail()
  }

  test('an account is opened, proved, opened with a new password, moved, given back, deleted and kept after all', async () => {
    const registered = await ask('POST', '/register', { email: old, password: passwords[0] })
    expect(registered.body.status).toBe('verification_required')
    const { email, code } = { email: old, code: codeIn(await newestMail()) }
    await succeed('/verify', { email, code })
    const { id } = (await login(old, passwords[0])).body.user
    expect((await ask('POST', '/logout', {})).status).toBe(204)

    await succeed('/password/forgot', { email: old })
    await resets(passwords[1])
    expect((await login(old, passwords[0])).body.code).toBe('invalid_credentials')
    expect((await login(old, passwords[1])).body).toMatchObject({ status: 'active', user: { id } })

    await succeed('/email/change', { newEmail: moved })
    await succeed('/email/change/confirm', { token: tokenIn(await newestMail(moved)) })
    expect((await ask('GET', '/me')).body.email).toBe(moved)
    await succeed('/email/change/revert', { token: tokenIn(await newestMail()) })
    expect((await ask('GET', '/me')).body.code).toBe('session_revoked')
    await resets(passwords[2])
    expect((await login(moved, passwords[2])).body.code).toBe('invalid_credentials')
    expect((await login(old, passwords[2])).body).toMatchObject({ user: { id, email: old, emailVerified: true } })

    expect((await ask('DELETE', '/account', {})).body.status).toBe('scheduled')
    expect((await login(old, passwords[2])).body.code).toBe('invalid_credentials')
    await succeed('/account/restore', { token: tokenIn(await newestMail()) })
    expect((await login(old, passwords[2])).body).toMatchObject({ status: 'active', user: { id } })
    await newestMail()

    expect(sent().map(({ subject }) => subject)).toEqual(subjects[language].toReversed())
    expect(sent().filter(({ to }) => to !== old)).toHaveLength(1)
  })
})
