/**
 * A language in which every text stands in brackets: what a person sees outside of them is in no catalogue, and nobody translates it.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { layOut, sayMail, type Template, templates } from '../src/features/mail/templates.ts'
import { AuthError } from '../src/kernel/contract/errors.ts'
import type { FieldIssue } from '../src/kernel/contract/issues.ts'
import { en, type Messages } from '../src/messages/en.ts'
import { accountPages, endings } from '../src/pages/account/pages.ts'
import { accountPage, type Visit } from '../src/pages/account/section.ts'
import { allPages, type Page, type PageReader, type Sent } from '../src/pages/pages.ts'

const bracketed = (texts: unknown): unknown =>
  typeof texts === 'string'
    ? `⟦${texts}⟧`
    : Object.fromEntries(Object.entries(Object(texts)).map(([key, inner]) => [key, bracketed(inner)]))
const pseudo = bracketed(en) as Messages

/** What is read aloud or seen of a document, without what stands in brackets. */
function outside(html: string): string {
  const spoken = [...html.matchAll(/\s(?:aria-label|alt|title|placeholder)="([^"]*)"/g)].map(([, text]) => text)
  const seen = html.replace(/<style[\s\S]*?<\/style>/g, '').replaceAll(/<[^>]*>/g, '\n')
  return unbracketed([seen, ...spoken].join('\n'))
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** A value in a text has brackets within those of the text. */
function unbracketed(text: string): string {
  const rest = text.replaceAll(/⟦[^⟦⟧]*⟧/g, '')
  return rest === text ? text : unbracketed(rest)
}

const reader: PageReader = {
  language: 'en',
  texts: pseudo,
  app: '⟦App⟧',
  sitePath: '',
  basePath: '/auth',
  leadsTo: [],
  minLength: 12,
  identifiers: ['email', 'username', 'phone'],
  canRegister: true,
  canRecover: true,
  afterLogin: '/auth/welcome',
  hasAccount: true,
  accept: () => undefined,
}

/** With the link of a mail, and without one. */
const forms: readonly Sent['form'][] = [new Map([['token', 'A'.repeat(43)]]), new Map()]
const refusal = (code: string, issues: readonly FieldIssue[] = []) =>
  new AuthError({ code, status: 400, title: 'a title in English' }, { issues, detail: 'a detail in English' })
const because = { message: 'a message in English', limit: 3, name: '⟦name⟧' }
const weak = Object.keys(en.issues).map((code) => ({ pointer: '/newPassword', code, ...because }))

const states: readonly Partial<Sent>[] = [
  {},
  { visitor: { name: 'ada@example.com' } },
  { error: refusal('something_new') },
  ...Object.keys(en.refusals).map((code) => ({ error: refusal(code, weak) })),
]

/** A page in every state there is. */
async function shown(page: Page): Promise<readonly string[]> {
  const readers = [reader, { ...reader, canRegister: false, canRecover: false }]
  const sent = forms.flatMap((form) => states.map((state) => ({ form, csrfToken: 'x', ...state })))
  const looks = readers.flatMap((who) => sent.map((one) => page.show(who, one)))
  return Promise.all([...looks, page.done(reader)].map(async (response) => (await response).text()))
}

test.each(allPages)('every word of the page $path is in the catalogue, in whatever state it is', async (page) => {
  for (const html of await shown(page)) expect(outside(html).replaceAll('·', '').replaceAll('/', '').trim()).toBe('')
})

/** What the calls answer, with words of people in brackets. */
const answers: Readonly<Record<string, object>> = {
  'sessions.list': {
    sessions: [true, false].map((current) => ({
      sessionHandle: 'a',
      createdAt: '2026-01-01T12:00:00.000Z',
      lastActiveAt: '2026-01-01T12:00:00.000Z',
      device: 'Firefox on Linux',
      ipAddress: '192.0.2.1',
      current,
    })),
  },
  'audit.mine': {
    entries: ['operator', 'you'].flatMap((by) =>
      [...Object.keys(en.pages.happenings), 'identity.something.new'].map((action) => {
        const device = 'Unknown device'
        return { id: 'a', at: '2026-01-01T12:00:00.000Z', action, by, ip: '192.0.2.1', device }
      }),
    ),
    nextCursor: 'next',
  },
  'password.advice': { suggestions: [{ code: 'a', text: '⟦advice⟧' }] },
}

const viewer = { email: '⟦ada@example.com⟧', username: '⟦ada⟧', phone: '⟦+39⟧', firstName: '⟦Ada⟧', locale: 'de' }
const looks: readonly Partial<Visit>[] = [
  {},
  { viewer: { ...viewer, email: null } as never, graceMs: async () => 0 },
  { graceMs: async () => 3_600_000 },
  { query: new Map([['cursor', 'before']]) },
]

test.each(accountPages)('every word of $path is in the catalogue, in whatever state it is', async (page) => {
  const usual = {
    viewer: { ...viewer, emailVerified: false } as never,
    at: new Date('2026-01-01T13:00:00Z'),
    csrfToken: 'x',
    query: new Map(),
    isMounted: () => true,
    graceMs: async () => 14 * 86_400_000,
    ask: async (contract: string, key: string) => answers[`${contract}.${key}`],
  }
  const refused = page.forms.flatMap(({ name }) =>
    ['invalid_credentials', 'password_rejected', 'denied_by_app', 'something_new'].map((code) => {
      const error = refusal(code, [...weak, { pointer: '/newEmail', code: 'no', ...because }])
      return { refused: { form: name, error, sent: new Map([['newPassword', 'x']]) } }
    }),
  )
  const done = Object.keys(page.done?.(reader) ?? {}).map((name) => ({ done: name }))
  for (const state of [...looks, ...done, ...refused]) {
    const look: Visit = { ...usual, ...state }
    const html = await (await accountPage(reader, page, look, await page.body(reader, look))).text()
    expect(outside(html).replaceAll('·', '').trim()).toBe('')
  }
})

test.each(endings)('every word of $path is in the catalogue', async ({ show }) => {
  for (const query of [new Map(), new Map([['next', 'mail']]), new Map([['until', '0']])])
    expect(
      outside(await (await show(reader, query)).text())
        .replaceAll('·', '')
        .trim(),
    ).toBe('')
})

const samples = { number: 3, text: '⟦text⟧', instant: new Date(0) } as const

test.each(Object.keys(templates) as Template[])('every word of the mail %s is in the catalogue', (template) => {
  const values = Object.fromEntries(Object.entries(templates[template]).map(([name, kind]) => [name, samples[kind]]))
  const link = 'https://app.example.com/x'
  const { subject, text, html } = layOut(sayMail(pseudo.mail[template], 'en', { app: 'App', values }), 'en', link)
  expect([subject, text.replaceAll(`:\n${link}`, ''), html].map(outside)).toEqual(['', '', ''])
})
