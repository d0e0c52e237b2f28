import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { device } from '../../../test/flows/browser.ts'
import { houseOn } from '../../../test/flows/house.ts'
import { listeningMailServer } from '../../../test/flows/mail-server.ts'
import { sqlite } from '../../sqlite.ts'
import { type EmailMessage, httpMailer, type IEmailProvider, type MailOptions, MailRefused, smtp } from './index.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const ada = { email: 'ada@example.com', password: 'correct horse battery' }

/** What became of one mail on its first attempt. */
async function firstAttempt(mail: Partial<MailOptions> & Pick<MailOptions, 'transport'>) {
  const links = { resetPassword: 'https://app.example.com/new-password' }
  const options = { mail: { from: 'Example <hi@mail.example.com>', ...mail }, links, infra: { runJobs: false } }
  const house = houseOn(sqlite(':memory:'), options, { jobsAtOnce: true })
  closers.push(() => house.auth.close())
  const browser = device(house)
  await browser.send('POST', '/auth/register', ada)
  await browser.send('POST', '/auth/password/forgot', { email: ada.email })
  await house.background.settled()
  const system = house.auth.asSystem('test')
  const [job] = (await system.jobs.list({})).jobs
  const { addresses } = await system.mail.listSuppressed()
  return {
    state: job?.state,
    suppressed: addresses.length > 0,
    /** The next attempt. @returns what became of it */
    async again() {
      house.advance(3_600_000)
      house.service('jobs').worker.poke()
      await house.background.settled()
      return (await system.jobs.list({})).jobs.find(({ id }) => id === job?.id)?.state ?? 'done'
    },
  }
}

const refusal = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode })

async function server(options?: SMTPServerOptions, host?: string) {
  const listening = await listeningMailServer(options, host)
  closers.push(listening.close)
  return listening
}

const open = { authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'] }
const atRcpt = (code: number, text: string): SMTPServerOptions => ({
  ...open,
  onRcptTo: (_address, _session, done) => done(refusal(code, text)),
})
const atMail = (code: number, text: string): SMTPServerOptions => ({
  ...open,
  onMailFrom: (_address, _session, done) => done(refusal(code, text)),
})

describe('what a mail server refuses', () => {
  test.each([
    ['an unknown mailbox', atRcpt(550, '5.1.1 no such user')],
    ['a domain there is not', atRcpt(550, '5.1.2 no such host')],
    ['a null MX', atRcpt(556, '5.1.10 the domain takes no mail')],
    ['a mailbox that moved', atRcpt(551, '5.1.6 moved')],
  ])('for ever, because of %s: nothing more is sent there', async (_, options) => {
    const { url } = await server(options)
    expect(await firstAttempt({ transport: url })).toMatchObject({ state: 'dead', suppressed: true })
  })

  test.each([
    ['relaying that is denied without a code', atRcpt(550, 'relay not permitted')],
    ['relaying that is denied', atRcpt(554, '5.7.1 relay access denied')],
    ['a sender that may not', atRcpt(553, '5.1.8 bad sender domain')],
    ['a sender that is none', atRcpt(550, '5.1.7 bad sender address')],
    ['a sender at MAIL FROM', atMail(550, '5.1.1 no such sender here')],
    ['a login that is asked for', atMail(530, '5.7.0 authentication required')],
  ])('because of our settings, %s: it is tried again, and nobody is suppressed', async (_, options) => {
    const { url } = await server(options)
    expect(await firstAttempt({ transport: url })).toMatchObject({ state: 'waiting', suppressed: false })
  })

  test('because the password is wrong: it is tried again', async () => {
    const { url } = await server({
      authOptional: false,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(refusal(550, '5.1.1 unknown account')),
    })
    const transport = url.replace('//', '//me:wrong@') as typeof url
    expect(await firstAttempt({ transport })).toMatchObject({ state: 'waiting', suppressed: false })
  })

  test.each<[string, SMTPServerOptions]>([
    ['when it is greeted', { ...open, onConnect: (_session, done) => done(refusal(421, '4.3.2 not now')) }],
    ['at the mailbox', atRcpt(421, '4.3.2 going down')],
    [
      'after the mail',
      { ...open, onData: (stream, _session, done) => void stream.resume().on('end', () => done(refusal(421, '4.3.0 no'))) },
    ],
  ])('F-08: because it goes down, 421 %s: it is tried again', async (_, options) => {
    const { url } = await server(options)
    expect(await firstAttempt({ transport: url })).toMatchObject({ state: 'waiting', suppressed: false })
  })

  test('because the mail is too large for a mailbox: it is given up, and the address stays', async () => {
    const { url } = await server(atRcpt(552, '5.2.3 message too large'))
    expect(await firstAttempt({ transport: url })).toMatchObject({ state: 'dead', suppressed: false })
  })
})

test.each([
  [401, 'waiting'],
  [402, 'waiting'],
  [403, 'waiting'],
  [404, 'waiting'],
  [405, 'waiting'],
  [410, 'waiting'],
  [503, 'waiting'],
  [400, 'dead'],
  [422, 'dead'],
])('a mail service that answers %i leaves the mail %s, and nobody suppressed', async (status, state) => {
  const service = createServer((request, response) => {
    request.resume()
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await once(service, 'listening')
  closers.push(() => new Promise((resolve) => service.close(resolve)))
  const endpoint = `http://127.0.0.1:${(service.address() as AddressInfo).port}/send`
  const transport = httpMailer({ endpoint, apiKey: 'k' })
  expect(await firstAttempt({ transport })).toMatchObject({ state, suppressed: false })
})

describe('of several providers', () => {
  const away: IEmailProvider = { send: async () => Promise.reject(new Error('away')) }
  const refusing = (isAddress: boolean): IEmailProvider => ({
    send: async () => Promise.reject(new MailRefused('no', { isAddress })),
  })

  test.each([
    ['the second refuses while the first is away: the first may take it later', [away, refusing(false)], 'waiting', false],
    ['the first refuses while the second is away: the second may take it later', [refusing(false), away], 'waiting', false],
    ['each refuses: it is given up', [refusing(false), refusing(false)], 'dead', false],
    ['one refuses the address: it speaks for all', [away, refusing(true)], 'dead', true],
  ])('%s', async (_, transport, state, suppressed) => {
    expect(await firstAttempt({ transport })).toMatchObject({ state, suppressed })
  })

  test('an attempt that took too long is broken off, and asks nobody else beside the next attempt', async () => {
    const asked: string[] = []
    const hanging: IEmailProvider = {
      send: (_message, options) =>
        new Promise((_resolve, reject) => {
          asked.push('hanging')
          options?.signal.addEventListener('abort', () => {
            asked.push('broken off')
            reject(new Error('broken off'))
          })
        }),
    }
    const next: IEmailProvider = { send: async () => void asked.push('next') }
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const attempt = firstAttempt({ transport: [hanging, next] })
      await vi.waitUntil(() => asked.length > 0, { timeout: 20_000 })
      await vi.advanceTimersByTimeAsync(120_000)
      expect(await attempt).toMatchObject({ state: 'waiting', suppressed: false })
      expect(asked).toEqual(['hanging', 'broken off'])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('through SMTP', () => {
  const message: EmailMessage = {
    from: 'Acme, Inc. <hi@acme.com>',
    to: ada.email,
    subject: 'Hello',
    text: 'Hello',
    html: '<p>Hello</p>',
    headers: { 'Message-ID': '<1@acme.com>' },
  }

  async function provider(options?: SMTPServerOptions) {
    const { url, received } = await server(options)
    const carrier = smtp(url)
    closers.push(async () => carrier.shutdown?.())
    return { carrier, received }
  }

  test('a comma in the name of the sender stays in the name', async () => {
    const { carrier, received } = await provider()
    await carrier.send(message)
    expect(received).toMatchObject([{ from: 'hi@acme.com', to: [ada.email] }])
    expect(received[0]?.source).toMatch(/^From: "Acme, Inc\." <hi@acme\.com>/m)
  })

  test('F-08: a server that takes the mail and drops the connection is tried again, with the same Message-ID', async () => {
    const taken: string[] = []
    const listening = await server({
      ...open,
      onData(stream, _session, done) {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          taken.push(Buffer.concat(chunks).toString())
          if (taken.length > 1) done()
          else listening.cut()
        })
      },
    })
    const { state, again } = await firstAttempt({ transport: listening.url })
    expect(state).toBe('waiting')
    expect(await again()).toBe('done')
    const of = (what: RegExp) => taken.map((source) => what.exec(source.replaceAll('=\r\n', ''))?.[1])
    expect(new Set(of(/^Message-ID: (\S+)/m)).size).toBe(1)
    expect(new Set(of(/token=(?:3D)?([\w-]{43})/)).size).toBe(1)
    expect(taken).toHaveLength(2)
  })

  const starttls: SMTPServerOptions = { authOptional: true, disabledCommands: [] }

  test.each<[string, string, SMTPServerOptions, RegExp]>([
    ['elsewhere that offers no STARTTLS', '127.0.0.2', { disabledCommands: ['STARTTLS'], allowInsecureAuth: true }, /STARTTLS/],
    ['elsewhere with a certificate nobody vouches for', '127.0.0.2', starttls, /certificate/],
    ['on loopback that offers STARTTLS with such a one', '127.0.0.1', starttls, /certificate/],
  ])('a server %s is told neither a password nor a mail', async (_, host, options, reason) => {
    const passwords: unknown[] = []
    const { url, received } = await server({ ...options, onAuth: ({ password }) => void passwords.push(password) }, host)
    const carrier = smtp(url.replace('//', '//me:secret@'))
    closers.push(async () => carrier.shutdown?.())
    await expect(carrier.send(message)).rejects.toThrow(reason)
    expect([passwords, received]).toEqual([[], []])
  })

  test('a server that hangs is left when the attempt is over', async () => {
    const over = new AbortController()
    let leave = () => {}
    const left = new Promise<void>((resolve) => {
      leave = resolve
    })
    const { carrier } = await provider({ ...open, onRcptTo: () => over.abort(), onClose: () => leave() })
    await expect(carrier.send(message, { signal: over.signal })).rejects.toThrow(/abort/i)
    await left
  })
})
