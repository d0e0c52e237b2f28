import { afterEach, expect, test } from 'vitest'
import { engines } from '../../../test/engines.ts'
import { houseOn, storageAt } from '../../../test/flows/house.ts'
import type { Storage } from '../../storage/types.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** One node, with its login page. */
function node(storage: Storage) {
  const house = houseOn(storage, { infra: { runJobs: false } })
  closers.push(() => house.auth.close())
  const page = async (language: string, path = '/auth/login') => {
    const headers = { 'accept-language': language }
    return (await house.auth.handle(new Request(`https://app.example.com${path}`, { headers }))).text()
  }
  /** What the page says to a login that is refused. */
  async function refused() {
    const headers = { origin: 'https://app.example.com', 'sec-fetch-site': 'same-origin' }
    const body = new URLSearchParams({ identifier: 'ada@example.com', password: 'x' })
    const form = new Request('https://app.example.com/auth/login/form', { method: 'POST', headers, body })
    return (await house.auth.handle(form)).text()
  }
  return { ...house, ...house.auth.asSystem('test'), page, refused }
}

test.each(engines.filter(({ name }) => name !== 'sqlite-memory'))(
  'a text of a page that an operator sets is what people read next, on every node and as text, until it is taken back, on $name',
  async ({ open }) => {
    const engine = await open()
    closers.push(engine.cleanup)
    const [here, there] = [node(engine.storage), node(storageAt(engine.location ?? ''))]
    expect(await there.page('it')).toContain('<h1>Accedi</h1>')
    expect((await here.texts.list()).pages.map(({ page }) => page)).toEqual(expect.arrayContaining(['login', 'happenings']))
    await here.texts.set({ page: 'login', translations: { it: { title: '<script>alert(1)</script> Benvenuti' } } })
    await here.texts.set({ page: 'refusals', translations: { en: { invalid_credentials: 'Nobody here by that name.' } } })
    expect(await here.page('it')).toContain('<h1>&lt;script&gt;alert(1)&lt;/script&gt; Benvenuti</h1>')
    expect(await here.page('en')).toContain('<h1>Log in</h1>')
    await expect.poll(() => there.page('it'), { interval: 5 }).toContain('Benvenuti')
    expect(await there.refused()).toContain('Nobody here by that name.')

    const { translations } = await here.texts.set({ page: 'login', translations: { it: { title: null } } })
    expect(translations.it).toMatchObject({ texts: { title: 'Accedi' }, override: {} })
    expect(await here.page('it')).toContain('<h1>Accedi</h1>')
    const { entries } = await here.audit.list({ action: 'identity.page-text.changed' })
    expect(entries).toMatchObject([
      { target: 'login', before: { title: '<script>alert(1)</script> Benvenuti' }, after: { title: null } },
      { target: 'refusals', before: { invalid_credentials: null } },
      { target: 'login', before: { title: null } },
    ])
  },
)

test('a text that its page could not show is refused with what is wrong with it, and nothing of the call is set', async () => {
  const engine = await (engines[0] ?? expect.unreachable()).open()
  const { texts, page } = node(engine.storage)
  for (const [where, name, message, reason, code] of [
    ['reset-password', 'intro', 'At least {maxLength}', 'this text has no {maxLength}', 'text_value_unknown'],
    ['reset-password', 'intro', 'At least {minLength', 'EXPECT_ARGUMENT_CLOSING_BRACE', 'text_unreadable'],
    ['login', 'headline', 'Hello', 'this page has no headline', 'unknown_field'],
    ['login', 'constructor', 'Hello', 'this page has no constructor', 'unknown_field'],
  ] as const) {
    const wish = { page: where, translations: { en: { title: 'Set', [name]: message } } }
    await expect(texts.set(wish)).rejects.toMatchObject({
      code: 'page_text_rejected',
      issues: [{ pointer: `/translations/en/${name}`, code, message: expect.stringContaining(reason) }],
    })
  }
  await expect(texts.set({ page: 'constructor', translations: {} })).rejects.toMatchObject({ code: 'not_found' })
  expect(await page('en')).toContain('<h1>Log in</h1>')
  const { pages } = await texts.list()
  expect(pages.find((one) => one.page === 'reset-password')).toMatchObject({ variables: { intro: ['minLength'] } })
})
