import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, test } from 'vitest'
import { device } from '../../../test/flows/browser.ts'
import { houseOn } from '../../../test/flows/house.ts'
import { listeningMailServer } from '../../../test/flows/mail-server.ts'
import { sqlite } from '../../sqlite.ts'
import { httpMailer, type MailOptions } from './index.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** A mail server of its own, and what it has been given. */
async function mailServer(options?: SMTPServerOptions) {
  const server = await listeningMailServer(options)
  closers.push(server.close)
  return server
}

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const links = { resetPassword: 'https://app.example.com/new-password' }
const from = 'Example <hi@mail.example.com>'

/** A house that sends mail, with one user. */
async function housed(mail: Partial<MailOptions> & Pick<MailOptions, 'transport'>) {
  const house = houseOn(sqlite(':memory:'), { mail: { from, ...mail }, links, infra: { runJobs: false } }, { jobsAtOnce: true })
  closers.push(() => house.auth.close())
  const browser = device(house)
  await browser.send('POST', '/auth/register', ada)
  const system = house.auth.asSystem('test')
  return {
    ...house,
    system,
    browser,
    forgot: (email: unknown = ada.email, headers: Record<string, string> = {}) =>
      device(house).send('POST', '/auth/password/forgot', { email }, headers),
    async work() {
      house.service('jobs').worker.poke()
      await house.background.settled()
    },
    jobs: async () => (await system.jobs.list({})).jobs,
  }
}

describe('a mail', () => {
  test('arrives at a real mail server with both bodies, one recipient, and one Message-ID over two attempts', async () => {
    const failing = { times: 1 }
    const seen: string[] = []
    const { received, url } = await mailServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData(stream, session, done) {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const source = Buffer.concat(chunks).toString()
          seen.push(/^Message-ID: (.+)$/im.exec(source)?.[1] ?? '')
          if (failing.times-- > 0) return done(Object.assign(new Error('try later'), { responseCode: 451 }))
          received.push({ from: '', to: session.envelope.rcptTo.map(({ address }) => address), source })
          done()
        })
      },
    })
    const { forgot, advance, work, background, jobs } = await housed({ transport: url })
    expect((await forgot()).status).toBe(200)
    await background.settled()
    expect(await jobs()).toMatchObject([{ kind: 'mail.send', state: 'waiting', attempts: 1 }])
    advance(60_000)
    await work()

    expect(received).toMatchObject([{ to: ['ada@example.com'] }])
    const source = received[0]?.source ?? ''
    expect(source).toMatch(/^From: Example <hi@mail.example.com>/m)
    expect(source).toMatch(/^Subject: Choose a new password for Example/m)
    expect(source).toContain('multipart/alternative')
    expect(source).toMatch(/^Auto-Submitted: auto-generated/im)
    expect(seen).toEqual([expect.stringMatching(/^<[\w-]+@mail\.example\.com>$/), seen[0]])
    expect(await jobs()).toEqual([])
  })

  test('a mailbox that does not exist is written to once, and never again until an operator says so', async () => {
    const { received, url } = await mailServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 })),
    })
    const { forgot, background, system, auth } = await housed({ transport: url })
    const failures: object[] = []
    auth.on('identity.mail.failed', ({ data }) => void failures.push(data))
    await forgot()
    await background.settled()
    expect((await system.jobs.list({ state: 'dead' })).jobs).toHaveLength(1)
    expect(failures).toEqual([{ template: 'reset-password' }])
    expect(await system.mail.listSuppressed()).toMatchObject({ addresses: [{ address: ada.email }] })
    await forgot()
    await background.settled()
    expect((await system.jobs.list({})).jobs).toHaveLength(1)
    await system.mail.release({ address: ada.email })
    expect(await system.mail.listSuppressed()).toMatchObject({ addresses: [] })
    expect(received).toEqual([])
  })

  test('goes to the next provider when the first one is away', async () => {
    const { received, url } = await mailServer()
    const away = { send: async () => Promise.reject(new Error('away')) }
    const { forgot, background } = await housed({ transport: [away, url] })
    await forgot()
    await background.settled()
    expect(received).toHaveLength(1)
  })

  test('F-08: while the mail server hangs nobody waits, and the mail is sent when it is back', async () => {
    const hung: (() => void)[] = []
    const sent: string[] = []
    const hanging = {
      send: ({ to }: { to: string }) =>
        new Promise<void>((resolve) => {
          hung.push(() => {
            sent.push(to)
            resolve()
          })
        }),
    }
    const { forgot, background } = await housed({ transport: hanging })
    expect((await forgot()).status).toBe(200)
    await expect.poll(() => hung.length).toBe(1)
    expect(sent).toEqual([])
    for (const answer of hung) answer()
    await background.settled()
    expect(sent).toEqual([ada.email])
  })

  test('through an HTTP service: the fields of the seed, the key, and the id as idempotency key', async () => {
    const { createServer } = await import('node:http')
    const asked: { headers: Record<string, unknown>; body: unknown }[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      asked.push({ headers: request.headers, body: JSON.parse(body) })
      response.writeHead(202).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`
    const { forgot, background } = await housed({ transport: httpMailer({ endpoint, apiKey: 'k', provider: 'ses' }) })
    await forgot()
    await background.settled()
    expect(asked).toMatchObject([
      {
        headers: { 'x-api-key': 'k', 'idempotency-key': expect.stringContaining('@mail.example.com') },
        body: {
          to: ada.email,
          from: 'hi@mail.example.com',
          fromName: 'Example',
          provider: 'ses',
          subject: 'Choose a new password for Example',
        },
      },
    ])
    expect(() => httpMailer({ endpoint: 'http://mail.example.com', apiKey: 'k' })).toThrow(/not https/)
  })

  test('speaks the language of its reader: theirs, then the browser’s, then the house’s', async () => {
    const { service, forgot, background, system } = await housed({ transport: 'inbox' })
    const subjects = () =>
      service('mail')
        ?.inbox?.messages()
        .map(({ subject }) => subject)
    await forgot(ada.email, { 'accept-language': 'de;q=0.9, it-CH;q=0.8, en;q=0.1' })
    await background.settled()
    await forgot(ada.email, { 'accept-language': 'fr' })
    await background.settled()
    expect(subjects()).toEqual(['Choose a new password for Example', 'Scegli una nuova password per Example'])
    await system.mail.setTexts({ id: 'reset-password', translations: { en: { subject: 'New key for <b>{app}</b>' } } })
    await forgot()
    await background.settled()
    expect(subjects()?.[0]).toBe('New key for <b>Example</b>')
  })

  test('ML-04: what an operator or a person wrote stays text, and a text that cannot be used is refused', async () => {
    const name = '{app} $& {{constructor}}'
    const { system, service, forgot, background } = await housed({ transport: 'inbox', from: `${name} <hi@mail.example.com>` })
    const texts = { title: '<script>alert(1)</script> {app}', body: '{app}' }
    await system.mail.setTexts({ id: 'reset-password', translations: { en: texts } })
    await forgot()
    await background.settled()
    const [mail] = service('mail')?.inbox?.messages() ?? []
    expect(mail?.html).not.toContain('<script>')
    expect(mail?.html).toContain('&lt;script&gt;')
    expect(mail?.text).toContain(`<script>alert(1)</script> ${name}`)
    for (const body of ['{constructor}', '{password}', '{app', '{app, plural, one {x}}']) {
      await expect(system.mail.setTexts({ id: 'reset-password', translations: { en: { body } } })).rejects.toMatchObject({
        code: 'mail_text_rejected',
      })
    }
    await expect(system.mail.setTexts({ id: 'reset-password', translations: { en: { footer: 'x' } } })).rejects.toMatchObject({
      code: 'mail_text_rejected',
    })
    await expect(system.mail.setTexts({ id: 'constructor', translations: { en: {} } })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test('ML-01: a line break in the name of the application, in a subject or in an address makes no header and no further reader', async () => {
    const { system, service, forgot, background } = await housed({ transport: 'inbox' })
    const texts = { subject: 'News\r\nBcc: eve@evil.example' }
    await system.mail.setTexts({ id: 'reset-password', translations: { en: texts } })
    await forgot()
    await forgot(`${ada.email}\r\nBcc: eve@evil.example`)
    await background.settled()
    const mails = service('mail')?.inbox?.messages()
    expect(mails?.map(({ to, subject }) => ({ to, subject }))).toEqual([{ to: ada.email, subject: 'News Bcc: eve@evil.example' }])
  })

  test('can be sent by the application itself, with what it needs', async () => {
    const sent: object[] = []
    const { forgot, background } = await housed({
      transport: 'inbox',
      send: { 'reset-password': async (mail) => void sent.push(mail) },
    })
    await forgot()
    await background.settled()
    expect(sent).toMatchObject([
      { to: ada.email, language: 'en', link: expect.stringContaining('?token='), values: { minutes: 30 } },
    ])
  })

  test('a test is sent at once, and says when nobody takes it', async () => {
    const { system, service } = await housed({ transport: 'inbox' })
    await system.mail.sendTest({ to: 'ops@example.com', language: 'it' })
    expect(service('mail')?.inbox?.messages()).toMatchObject([{ to: 'ops@example.com', subject: 'Una prova da Example' }])
    await system.mail.sendTest({ to: 'Admin@local' }) // what the first admin of a house is called
    expect(service('mail')?.inbox?.messages()).toContainEqual(expect.objectContaining({ to: 'admin@local' }))
    for (const to of ['admin', 'a@b@c', 'a@b, c@d', 'Ada <ada@example.com>', 'ada@example.com\r\nBcc: eve@evil.example'])
      await expect(system.mail.sendTest({ to })).rejects.toMatchObject({ code: 'validation_failed' })
    const broken = await housed({ transport: { send: async () => Promise.reject(new Error('away')) } })
    await expect(broken.system.mail.sendTest({ to: 'ops@example.com' })).rejects.toMatchObject({ code: 'mail_failed' })
  })

  test('is seen before it is sent, as it will be sent, with samples for its values; our words come back when they are asked for', async () => {
    const { system, service } = await housed({ transport: 'inbox' })
    const id = 'verify-email'
    const texts = { title: '<b>Ciao</b> {app}', body: 'Vale {hours} ore.' }
    const seen = await system.mail.preview({ id, language: 'it', texts })
    expect(seen).toMatchObject({
      subject: 'Conferma il tuo indirizzo per Example',
      text: expect.stringMatching(/Vale 24 ore\.[\s\S]*123456/),
    })
    expect(seen.html).toContain('&lt;b&gt;Ciao&lt;/b&gt; Example')
    await expect(system.mail.preview({ id, language: 'it', texts: { body: '{minuti} {app}' } })).rejects.toMatchObject({
      code: 'mail_text_rejected',
      detail: 'body in it: this mail has no {minuti}',
      issues: [{ pointer: '/texts/body', code: 'text_value_unknown', name: 'minuti' }],
    })

    await system.mail.setTexts({ id, translations: { it: texts, en: { subject: 'Hello' } }, baseHtml: '', baseText: '' })
    await system.mail.sendTest({ id, language: 'it', to: 'ops@example.com' })
    expect(service('mail')?.inbox?.messages()).toMatchObject([{ to: 'ops@example.com', html: seen.html }])
    const shown = async () => (await system.mail.listTexts()).templates.find((one) => one.id === id)
    expect(await shown()).toMatchObject({
      translations: { it: { texts: { cta: 'Conferma l’indirizzo' }, override: texts }, en: { override: { subject: 'Hello' } } },
    })
    expect((await shown())?.variables).toContainEqual({ name: 'code', kind: 'text', meaning: 'The six digits', sample: '123456' })
    await system.mail.resetTexts({ id, language: 'it' })
    expect(await shown()).toMatchObject({ translations: { it: { override: {} }, en: { override: { subject: 'Hello' } } } })
    await system.mail.resetTexts({ id, language: 'it' }) // is what it is already: nothing has changed
    const { entries } = await system.audit.list({ action: 'identity.mail-text.changed' })
    expect(entries).toMatchObject([{ target: id, before: texts, after: {} }, { before: {} }, { before: {} }])
  })

  test('that waits is in the queue with whom it is about, for operators who may see that', async () => {
    const { system, forgot, background } = await housed({ transport: { send: async () => Promise.reject(new Error('away')) } })
    await forgot()
    await background.settled()
    expect((await system.mail.listQueue({})).mails).toMatchObject([
      { template: 'reset-password', userId: null, address: ada.email, state: 'waiting', lastError: 'away' },
    ])
    expect((await system.mail.listQueue({ state: 'dead' })).mails).toEqual([])
  })

  test('an operator sends twenty tests an hour: each goes to whomever they name', async () => {
    const options = { mail: { from, transport: 'inbox' as const }, links, http: { limits: undefined } }
    const { auth } = houseOn(sqlite(':memory:'), options as never)
    closers.push(() => auth.close())
    const send = () => auth.asSystem('test').mail.sendTest({ to: 'ops@example.com' })
    for (let turn = 0; turn < 20; turn += 1) await send()
    await expect(send()).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 180 })
  })

  test.each([
    ['no address', { from: 'Example', transport: 'inbox' }],
    ['two addresses', { from: 'a@example.com, b@example.com', transport: 'inbox' }],
    ['a header in the name', { from: 'Example\r\nBcc: x <a@example.com>', transport: 'inbox' }],
    ['a transport that is none', { from, transport: 'imap://mail.example.com' }],
  ])('is refused at the start with %s', (_, mail) => {
    expect(() => houseOn(sqlite(':memory:'), { mail: mail as MailOptions, links })).toThrow(/mail/)
  })
})
