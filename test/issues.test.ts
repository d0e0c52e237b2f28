/**
 * Why a field was refused, from the code on the wire to the words people read.
 *
 * @module
 */
import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { refusalOf } from '../admin/src/data/refusal.ts'
import { en as panelEn } from '../admin/src/messages/en.ts'
import { it as panelIt } from '../admin/src/messages/it.ts'
import { panelContracts } from '../src/app/contracts.ts'
import { E as importErrors, issues as importIssues } from '../src/features/imports/contract.ts'
import { E as mailErrors } from '../src/features/mail/contract.ts'
import type { Contract as AnyContract } from '../src/kernel/contract/endpoint.ts'
import { AuthError, type ErrorDef, kernelErrors } from '../src/kernel/contract/errors.ts'
import { type IssueDef, issueFormats, kernelIssues } from '../src/kernel/contract/issues.ts'
import { catalogues, formatMessage, type Language } from '../src/messages/languages.ts'
import { createTestAuth } from '../src/testing.ts'

type Contract = { readonly issues?: Readonly<Record<string, IssueDef>> }

const features = new URL('../src/features/', import.meta.url)
const files = readdirSync(features)
  .map((name) => new URL(`${name}/contract.ts`, features))
  .filter((file) => existsSync(file))
const contracts: readonly Contract[] = await Promise.all(files.map((file) => import(file.href)))
const issues = [kernelIssues, ...contracts.map(({ issues: own = {} }) => own)].flatMap((own) => Object.values<IssueDef>(own))
const codes = issues.map(({ code }) => code)

test('every feature says its own reasons once, in lower_snake, and none as a format is called', () => {
  expect(codes.length).toBeGreaterThan(Object.keys(kernelIssues).length)
  expect(codes.toSorted()).toEqual([...new Set(codes)].toSorted())
  expect([...codes, ...issueFormats].filter((word) => !/^[a-z]+(_[a-z]+)*$/.test(word))).toEqual([])
  expect(codes.filter((code) => issueFormats.includes(code))).toEqual([])
})

const words = [...codes, ...issueFormats].toSorted()
const panel = { en: panelEn, it: panelIt }

/** What the pipeline refuses before an endpoint is asked, and a panel of ours never runs into. */
const { method_not_allowed, header_too_large, step_up_required, impersonation_refused, denied_by_app, ...ofPipeline } =
  kernelErrors
const ofEndpoints = (panelContracts as readonly AnyContract[])
  .flatMap(({ endpoints }) => Object.values(endpoints))
  .flatMap(({ errors = [] }) => errors)
const refusals = [
  ...new Map([...Object.values<ErrorDef>(ofPipeline), ...ofEndpoints].map((def) => [def.code, def])).values(),
].filter(({ code }) => code !== denied_by_app.code)

describe.each(['en', 'it'] as const)('in %s', (language: Language) => {
  test('there are words for every reason and every format, and for none that is gone', () => {
    expect(Object.keys(catalogues[language].issues).toSorted()).toEqual(words)
  })

  test.each(words)('%s is said whole, with its number or its name, and in the panel as on the pages', (code) => {
    const text = catalogues[language].issues[code as 'other']
    for (const number of [1, 2, 4711]) {
      const facts = { limit: number, name: 'wörd', row: number }
      const onPages = formatMessage(text, language, facts)
      const named = Object.fromEntries(Object.entries(facts).filter(([fact]) => text.includes(`{${fact}`)))
      const issue = { pointer: '/field', code, message: 'in English', ...named }
      const refused = new AuthError(kernelErrors.validation_failed, { issues: [issue] })
      expect(onPages).not.toMatch(/[{}#]/)
      for (const fact of Object.values(named)) expect(onPages.replaceAll(/[.,]/g, '')).toContain(String(fact))
      expect(refusalOf(refused, panel[language]).fields).toEqual({ field: onPages })
    }
  })

  test.each(refusals.map(({ code }) => code))('the panel says %s in words of its own, whatever the server adds', (code) => {
    const def = refusals.find((one) => one.code === code)
    const said = refusalOf(
      new AuthError({ code, status: 400, title: 'a', help: 'b', ...def }, { detail: 'in English' }),
      panel[language],
    )
    expect(said.text).toBe(panel[language].errors[code])
    expect(said.text).toMatch(/\.$/)
  })
})

test('a refusal with particulars is said with them, in the language of the panel; those of one field stand at the field too', () => {
  const ofText = { pointer: '/texts/subject', ...kernelIssues.text_value_unknown, name: 'nmae' }
  const text = new AuthError(mailErrors.mail_text_rejected, { detail: 'subject in it: names {nmae}', issues: [ofText] })
  expect(refusalOf(text, panelIt)).toMatchObject({
    text: 'Questo testo non si può usare nell’email. Nomina «nmae», che qui non c’è.',
    fields: { 'texts/subject': 'Nomina «nmae», che qui non c’è.' },
  })
  const file = new AuthError(importErrors.import_not_readable, {
    issues: [{ pointer: '', ...importIssues.quote_not_closed, row: 12 }],
  })
  expect(refusalOf(file, panelIt)).toMatchObject({
    text: 'Il file non si può leggere; nessuno è stato creato. Delle virgolette non sono chiuse, dopo la riga 12.',
    fields: {},
  })
})

test('what an application says of its own refusal is said as it says it', () => {
  const denied = new AuthError(kernelErrors.denied_by_app, { detail: 'disposable_address' })
  expect(refusalOf(denied, panelIt).text).toBe('L’applicazione lo ha rifiutato. disposable_address')
  const closed = new AuthError({ code: 'constructor', status: 409, title: 'The shop is closed', help: 'Come back.' })
  expect(refusalOf(closed, panelIt).text).toBe('The shop is closed. Come back.')
})

test('of several reasons the panel says all, and of one that only the application knows what the server says', () => {
  const pointer = '/password'
  const given = [
    { pointer, ...kernelIssues.too_short, limit: 12 },
    { pointer, code: 'sold_out', message: 'is sold out' },
  ]
  const { fields } = refusalOf(new AuthError(kernelErrors.validation_failed, { issues: given }), panelIt)
  expect(fields).toEqual({ password: 'Troppo breve. Servono almeno 12 caratteri. is sold out' })
})

test('a reason of ours without its number, and one whose code is the name of something else, are said in the words that are whole', () => {
  const given = [
    { pointer: '/a', code: 'too_short', message: 'is short' },
    { pointer: '/b', code: 'constructor', message: 'is no #hashtag' },
  ]
  const { fields } = refusalOf(new AuthError(kernelErrors.validation_failed, { issues: given }), panelEn)
  expect(fields).toEqual({ a: 'is short', b: 'is no #hashtag' })
})

test('a refused body tells its fields with code and limit, over HTTP and through the client', async () => {
  const { auth, client, close } = await createTestAuth()
  onTestFinished(close)
  const tell = async (body: object) => {
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
    const request = new Request('https://app.example.test/auth/register', { method: 'POST', headers, body: JSON.stringify(body) })
    return (await (await auth.handle(request)).json()) as { code: string; errors: object[] }
  }
  expect(await tell({ email: 'a'.repeat(321), firstName: '', locale: 7, hunter2: 1 })).toMatchObject({
    code: 'validation_failed',
    errors: [
      { pointer: '/email', code: 'too_long', limit: 320, message: expect.any(String) },
      { pointer: '/password', code: 'required' },
      { pointer: '/firstName', code: 'required' },
      { pointer: '/locale', code: 'wrong_type' },
      { pointer: '', code: 'unknown_field', message: 'has fields that are not known' },
    ],
  })
  expect(await tell({ password: 'x' })).toMatchObject({ errors: [{ pointer: '/identifier', code: 'required' }] })

  const nowhere = await client()
    .register({ email: 'ada@example.com', password: 'vexing jump of a fox', locale: 'no language' })
    .result()
  expect(nowhere.ok || nowhere.error.issues).toMatchObject([{ pointer: '/locale', code: 'invalid_format', format: 'language' }])

  const short = await client().register({ email: 'ada@example.com', password: 'vexing jump' }).result()
  expect(short.ok || [short.error.code, short.error.issues]).toEqual([
    'password_rejected',
    [{ pointer: '/password', code: 'too_short', message: 'is too short', limit: 12 }],
  ])
  const system = auth.asSystem('test')
  await expect(system.users.create({ identifier: 'no@@address' })).rejects.toMatchObject({
    issues: [{ pointer: '/identifier', code: 'not_an_identifier' }],
  })
  for (const locale of ['', 'no language', '"><b>', 'a'.repeat(35)])
    await expect(system.users.create({ identifier: 'grace@example.com', locale })).rejects.toMatchObject({
      issues: [{ pointer: '/locale', code: 'invalid_format', format: 'language' }],
    })
  expect(await system.users.create({ identifier: 'grace@example.com', locale: 'it_CH' })).toMatchObject({ locale: 'it-CH' })
  await expect(system.settings.set({ settings: { 'password.minLength': 7, 'users.nonsense': 1 } })).rejects.toMatchObject({
    issues: [
      { pointer: '/settings/password.minLength', code: 'too_small', limit: 8 },
      { pointer: '/settings/users.nonsense', code: 'unknown_field' },
    ],
  })
})
