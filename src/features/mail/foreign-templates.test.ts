import { MemoryTemplateStore } from 'keywright/node-auth'
import type { ITemplateStore } from 'keywright/stores'
import { templateStoreCases } from 'keywright/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { device } from '../../../test/flows/browser.ts'
import { houseOn } from '../../../test/flows/house.ts'
import { sqlite } from '../../sqlite.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const links = { resetPassword: 'https://app.example.com/new-password?a=1' }

/** A house with a store of templates, and one user. */
async function housed(templates: ITemplateStore, name = 'Example') {
  const mail = { from: `${name} <hi@example.com>`, transport: 'inbox' as const }
  const house = houseOn(
    sqlite(':memory:'),
    { mail, links, stores: { templates }, infra: { runJobs: false } },
    { jobsAtOnce: true },
  )
  onTestFinished(() => house.auth.close())
  await device(house).send('POST', '/auth/register', ada)
  return {
    system: house.auth.asSystem('test'),
    /** Asks for a new password. @returns the newest mail */
    async forgot(language = 'en') {
      const headers = { 'accept-language': language }
      expect((await device(house).send('POST', '/auth/password/forgot', { email: ada.email }, headers)).status).toBe(200)
      await house.background.settled()
      return house.service('mail')?.inbox?.messages()[0]
    },
    async again() {
      house.advance(3_600_000)
      house.service('jobs').worker.poke()
      await house.background.settled()
      return house.service('mail')?.inbox?.messages()[0]
    },
  }
}

describe('the store node-auth ships keeps what the port promises', () => {
  for (const { name, run } of templateStoreCases(() => new MemoryTemplateStore())) test(name, run)
})

test('texts of a store stand in place of ours by language, then in English; what is not there stays ours, and counts from the next mail', async () => {
  const templates = new MemoryTemplateStore()
  const { forgot } = await housed(templates)
  expect(await forgot()).toMatchObject({ subject: 'Choose a new password for Example' })
  const en = { subject: 'A key for {{app}}', cta: 'Get it', title: '' }
  await templates.updateMailTemplate('password-reset', { translations: { en, it: { subject: 'Una chiave per {{ app }}' } } })
  const italian = await forgot('it')
  expect(italian?.subject).toBe('Una chiave per Example')
  expect(italian?.text).toMatch(/hai dimenticato|dimenticato la password/)
  expect(italian?.text).toContain('Get it:\nhttps://app.example.com/new-password?a=1&token=')
})

test('a body of a store is the whole mail, and the other one is laid out by us', async () => {
  const templates = new MemoryTemplateStore()
  await templates.updateMailTemplate('password-reset', {
    baseHtml: '<h1>{{T.title}}</h1><a href="{{link}}" id="{{token}}">{{T.none}} {{minutes}} {{nothing}}</a>',
    translations: { en: { title: 'For {{app}} & you' } },
  })
  const { forgot } = await housed(templates)
  const mail = await forgot()
  expect(mail?.html).toMatch(
    /^<h1>For Example &amp; you<\/h1><a href="https:\/\/app\.example\.com\/new-password\?a=1&amp;token=([\w-]{43})" id="\1">\[none\] 30 \[nothing\]<\/a>$/,
  )
  expect(mail?.text).toMatch(/^For Example & you\n\nSomebody, we hope you,/)
})

test('ML-04: a value is never read as a template, names nothing that is inherited, and becomes neither markup nor a header', async () => {
  const templates = new MemoryTemplateStore()
  const translations = JSON.parse(
    '{"__proto__":{"subject":"polluted"},"en":{"subject":"Hi {{app}}\\r\\nBcc: eve@example.com","body":"{{T.title}} <b> {{constructor}}"}}',
  )
  await templates.updateMailTemplate('password-reset', {
    baseText: '{{app}}|{{T.constructor}}|{{__proto__}}|{{T.body}}',
    translations,
  })
  const name = '{{link}} {{T.body}} $& &amp; {{constructor}}'
  const { forgot } = await housed(templates, name)
  const mail = await forgot()
  expect(mail?.subject).toBe(`Hi ${name} Bcc: eve@example.com`)
  expect(mail?.text).toBe(`${name}|[constructor]|[__proto__]|[T.title] <b> [constructor]`)
  expect(mail?.html).toContain('[T.title] &lt;b&gt; [constructor]')
  await templates.updateMailTemplate('password-reset', { baseHtml: '<p title="{{app}}">{{T.body}}</p>' })
  expect((await forgot())?.html).toBe(
    '<p title="{{link}} {{T.body}} $&amp; &amp;amp; {{constructor}}">[T.title] &lt;b&gt; [constructor]</p>',
  )
})

test('a store that throws, or answers what cannot be read, delays the mail; it goes out in its words later', async () => {
  const kept = new MemoryTemplateStore()
  await kept.updateMailTemplate('password-reset', { translations: { en: { subject: 'Theirs' } } })
  const faults: (() => unknown)[] = [
    () => Promise.reject(new Error('away')),
    async () => ({ translations: { en: { subject: 7 } } }),
  ]
  const templates = {
    getMailTemplate: async (id: string) => (faults.length > 0 ? faults.shift()?.() : kept.getMailTemplate(id)),
  } as unknown as ITemplateStore
  const { forgot, again, system } = await housed(templates)
  expect(await forgot()).toBeUndefined()
  expect(await again()).toBeUndefined()
  expect((await system.jobs.list({})).jobs).toMatchObject([{ kind: 'mail.send', state: 'waiting', attempts: 2 }])
  expect(await again()).toMatchObject({ subject: 'Theirs' })
})

test('a store of templates without mail is refused at the start', () => {
  expect(() => houseOn(sqlite(':memory:'), { stores: { templates: new MemoryTemplateStore() } })).toThrow(
    'stores.templates needs mail',
  )
})
