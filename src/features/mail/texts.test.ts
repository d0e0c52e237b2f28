import { afterEach, expect, test } from 'vitest'
import { houseOn } from '../../../test/flows/house.ts'
import { sqlite } from '../../sqlite.ts'

const mail = { from: 'Example <hi@example.com>', transport: 'inbox' as const }
const house = () => houseOn(sqlite(':memory:'), { mail, infra: { runJobs: false } }, { jobsAtOnce: true })

let opened: ReturnType<typeof house> | undefined
afterEach(() => opened?.auth.close())

test('a text that could not be written with what its mail names is refused when it is set, whichever branch it fails in', async () => {
  opened = house()
  const system = opened.auth.asSystem('test')
  for (const [template, body] of [
    ['password-changed', 'on {date, date, long}'],
    ['password-changed', 'at {date, time, short}'],
    ['password-changed', '{date, select, other {then}}'],
    ['password-changed', '{app, plural, other {#}}'],
    ['reset-password', '{minutes, date, long}'],
    ['reset-password', '{minutes, plural, one {a minute} other {# {unit}}}'],
    ['reset-password', '{minutes, plural, one {a minute} other {{app, number}}}'],
    ['reset-password', '{minutes, number, ::currency/euros}'],
  ] as const) {
    await expect(system.mail.setTexts({ id: template, translations: { en: { body } } })).rejects.toMatchObject({
      code: 'mail_text_rejected',
    })
  }
})

test('a text may bend what is a number, and repeat what is text', async () => {
  opened = house()
  const { auth, background, service } = opened
  const body = '{minutes, plural, =1 {one} other {# of {app}}}, {minutes, number, ::.0}, {minutes}'
  await auth.asSystem('test').mail.setTexts({ id: 'reset-password', translations: { en: { body } } })
  for (const path of ['register', 'password/forgot']) {
    const sent = JSON.stringify({ email: 'ada@example.com', ...(path === 'register' && { password: 'correct horse battery' }) })
    const headers = { 'content-type': 'application/json' }
    await auth.handle(new Request(`https://app.example.com/auth/${path}`, { method: 'POST', headers, body: sent }))
  }
  await background.settled()
  expect(service('mail')?.inbox?.messages()).toMatchObject([{ text: expect.stringContaining('30 of Example, 30.0, 30') }])
})
