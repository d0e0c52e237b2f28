import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine } from '../engines.ts'
import { type Device, device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const fresh = 'violet harbour lamp 42'
const minute = 60_000

describe.each(engines)('a forgotten password on $name', ({ open }) => {
  let engine: OpenedEngine
  let house: ReturnType<typeof houseOn>
  let laptop: Device

  beforeEach(async () => {
    engine = await open()
    const options = {
      mail: { from: 'Example <hi@example.com>', transport: 'inbox' as const },
      links: { resetPassword: 'https://app.example.com/new-password' },
      infra: { runJobs: false },
    }
    house = houseOn(engine.storage, options, { jobsAtOnce: true })
    laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
  })
  afterEach(async () => {
    await house.auth.close()
    await engine.cleanup()
  })

  const sent = () => house.service('mail')?.inbox?.messages() ?? []

  /** Asks for a mail. @returns the token in the newest one */
  async function forgot(headers: Record<string, string> = {}, body: object = { email: ada.email }): Promise<string> {
    house.advance(1_000)
    expect((await device(house).send('POST', '/auth/password/forgot', body, headers)).status).toBe(200)
    await house.background.settled()
    return tokenIn(sent()[0]?.text)
  }
  const reset = (token: string, newPassword = fresh) => device(house).send('POST', '/auth/password/reset', { token, newPassword })
  const login = (password: string) => device(house).send('POST', '/auth/login', { ...ada, password })

  test('is chosen anew with the link of a mail; every device is logged out, and a notice says so', async () => {
    const token = await forgot()
    expect(await reset(token)).toMatchObject({ status: 200, body: { ok: true } })
    expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
    expect((await login(ada.password)).status).toBe(401)
    expect((await login(fresh)).status).toBe(200)
    await house.background.settled()
    expect(sent().map(({ subject }) => subject)).toContain('Your password at Example was changed')
    expect(JSON.stringify(sent().map(({ text }) => text))).not.toContain(fresh)
  })

  test('OT-01: of 50 that use one link at once, one succeeds', async () => {
    const token = await forgot()
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => reset(token, `${fresh} ${index}`)))
    const won = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []))
    expect(won).toHaveLength(1)
    expect(answers.filter(({ body }) => body.code === 'ticket_rejected')).toHaveLength(49)
    expect((await login(`${fresh} ${won[0]}`)).status).toBe(200)
  })

  test('OT-02: a link is nothing after its use, a newer one, a change of the password, or 30 minutes', async () => {
    const used = await forgot()
    await reset(used)
    const superseded = await forgot()
    const newer = await forgot()
    expect(await Promise.all([used, superseded].map(async (token) => (await reset(token)).body.code))).toEqual([
      'ticket_rejected',
      'ticket_rejected',
    ])
    const browser = device(house)
    await browser.send('POST', '/auth/login', { ...ada, password: fresh })
    const { body } = await browser.send('GET', '/auth/csrf')
    const change = { currentPassword: fresh, newPassword: ada.password }
    expect((await browser.send('POST', '/auth/password/change', change, { 'x-csrf-token': body.csrfToken })).status).toBe(200)
    expect((await reset(newer)).body.code).toBe('ticket_rejected')

    const late = await forgot()
    house.advance(30 * minute)
    expect(await reset(late)).toMatchObject({ status: 400, body: { code: 'ticket_rejected' } })
    const inTime = await forgot()
    house.advance(30 * minute - 1_000)
    expect((await reset(inTime)).status).toBe(200)
  })

  test('a password that is not accepted spends nothing', async () => {
    const token = await forgot()
    expect((await reset(token, 'short')).body.code).toBe('password_rejected')
    expect((await reset(token)).status).toBe(200)
  })

  test('OT-04: the link leads to the configured page whatever the request says of hosts', async () => {
    const forged = {
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example;proto=http',
      'x-original-host': 'evil.example',
      referer: 'https://evil.example/',
    }
    await forgot(forged)
    expect(sent()[0]?.html).toContain('href="https://app.example.com/new-password?token=')
    expect(JSON.stringify(sent())).not.toContain('evil')
  })

  test.each<[string, unknown]>([
    ['a list', [ada.email, 'eve@example.com']],
    ['an object', { email: ada.email }],
    ['a header', `${ada.email}\r\nBcc: eve@example.com`],
  ])('OT-08: an address that is %s is refused', async (_, email) => {
    const { status } = await device(house).send('POST', '/auth/password/forgot', { email })
    await house.background.settled()
    expect([status, sent()]).toEqual([400, []])
  })

  test.each([
    'ada@example.com,eve@example.com',
    'ada@example.com;eve@example.com',
    '"ada@example.com"@evil.example',
    'eve@example.com <ada@example.com>',
  ])('OT-08: nothing is sent for %s', async (email) => {
    await device(house).send('POST', '/auth/password/forgot', { email })
    await house.background.settled()
    expect(sent()).toEqual([])
  })

  test('PW-01: known, unknown and disabled addresses get one answer', async () => {
    const eve = (await device(house).send('POST', '/auth/register', { ...ada, email: 'eve@example.com' })).body.user.id
    await house.auth.asSystem('test').users.disable({ id: eve, reason: 'test' })
    const answers: unknown[] = []
    for (const email of [ada.email, 'nobody@example.com', 'eve@example.com', 'no address']) {
      const { status, body, headers } = await device(house).send('POST', '/auth/password/forgot', { email })
      answers.push({ status, body, names: [...headers.keys()].sort(), cookies: headers.getSetCookie() })
    }
    await house.background.settled()
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(sent().map(({ to }) => to)).toEqual([ada.email])
  })
})

/** A house with limits, whose mail server is away while `away` says so. */
async function limited(more: Parameters<typeof houseOn>[1] = {}) {
  const sent: { readonly to: string; readonly subject: string; readonly text: string }[] = []
  const server = { away: false, losesAnswers: false }
  const transport = {
    async send(message: { readonly to: string; readonly subject: string; readonly text: string }) {
      if (server.away) throw new Error('away')
      sent.push(message)
      if (server.losesAnswers) throw new Error('the answer got lost')
    },
  }
  const options = {
    mail: { from: 'Example <hi@example.com>', transport },
    ...more,
    infra: { runJobs: false, ...more.infra },
    http: { limits: { mail: { shared: false }, register: { shared: false } } },
  }
  const house = houseOn(storageAt(':memory:'), options, { jobsAtOnce: true })
  await device(house).send('POST', '/auth/register', ada)
  let client = 0
  return {
    house,
    sent,
    server,
    async forgot() {
      client += 1
      const { status } = await device(house, `192.0.2.${client}`).send('POST', '/auth/password/forgot', { email: ada.email })
      await house.background.settled()
      return status
    },
    async work() {
      house.service('jobs').worker.poke()
      await house.background.settled()
    },
    links: () => sent.filter(({ text }) => text.includes('?token=')).map(({ text }) => tokenIn(text)),
    reset: async (token: string, newPassword = fresh) =>
      (await device(house, '192.0.2.250').send('POST', '/auth/password/reset', { token, newPassword })).status,
  }
}

const tokenIn = (text = ''): string => new URL(/https:\S+/.exec(text)?.[0] ?? '').searchParams.get('token') ?? ''

test('ML-05: of 100 requests for one address at most three mails an hour are sent, every answer is the same, and the last link sent works', async () => {
  const { house, forgot, links, reset } = await limited()
  const statuses = new Set<number>()
  for (let index = 0; index < 100; index += 1) {
    house.advance(36_000)
    statuses.add(await forgot())
  }
  expect([...statuses]).toEqual([200])
  expect(links()).toHaveLength(3)
  const outcomes: number[] = []
  for (const token of links()) outcomes.push(await reset(token))
  expect(outcomes).toEqual([400, 400, 200])
  await house.auth.close()
})

test('ML-05: of a request every half hour at most ten mails a day are sent', async () => {
  const { house, forgot, links } = await limited()
  for (let index = 0; index < 48; index += 1) {
    house.advance(30 * minute)
    expect(await forgot()).toBe(200)
  }
  expect(links().length).toBeGreaterThan(3)
  expect(links().length).toBeLessThanOrEqual(10)
  await house.auth.close()
})

test('ML-05: a store of limits that is away lets no more mails through, neither at the first attempt nor at a later one', async () => {
  const away = { take: async () => Promise.reject(new Error('away')) }
  const { house, server, forgot, work, links } = await limited({ infra: { limits: away } })
  server.away = true
  for (let times = 0; times < 6; times += 1) await forgot()
  server.away = false
  for (let times = 0; times < 6; times += 1) await forgot()
  for (let times = 0; times < 3; times += 1) {
    house.advance(minute)
    await work()
  }
  expect(links()).toHaveLength(2)
  expect((await house.auth.asSystem('test').jobs.list({})).jobs).toEqual([])
  await house.auth.close()
})

test('ML-05: whoever uses up the limit of mails keeps no way back away: neither that of a deletion, nor that of an address', async () => {
  const { house, sent, forgot } = await limited({ email: {}, account: { grace: '14d' } })
  const post = (path: string, body: object) => device(house).send('POST', `/auth${path}`, body)
  const linkTo = (to: string) => tokenIn(sent.findLast((mail) => mail.to === to)?.text)
  async function begin(method: string, path: string, body: object) {
    house.advance(minute)
    const thief = device(house)
    await thief.send('POST', '/auth/login', ada)
    const { csrfToken } = (await thief.send('GET', '/auth/csrf')).body
    expect((await thief.send(method, `/auth${path}`, body, { 'x-csrf-token': csrfToken })).status).toBe(200)
    await house.background.settled()
  }
  for (let times = 0; times < 4; times += 1) {
    await begin('DELETE', '/account', {})
    expect((await post('/account/restore', { token: linkTo(ada.email) })).status).toBe(200)
  }
  await begin('POST', '/email/change', { newEmail: 'eve@evil.example' })
  for (let times = 0; times < 4; times += 1) await forgot()
  expect((await post('/email/change/confirm', { token: linkTo('eve@evil.example') })).status).toBe(200)
  await house.background.settled()
  expect((await post('/email/change/revert', { token: linkTo(ada.email) })).status).toBe(200)
  await house.background.settled()
  expect(sent.at(-1)).toMatchObject({ to: ada.email, subject: 'Your account at Example is yours again' })
  expect((await post('/password/reset', { token: linkTo(ada.email), newPassword: fresh })).status).toBe(200)
  await house.auth.close()
})

test('a mail server that is away for hours loses no mail, uses up nobody’s limit, and the link it brings then is fresh', async () => {
  const { house, server, sent, forgot, work, links, reset } = await limited()
  server.away = true
  await forgot()
  for (let turn = 0; turn < 10; turn += 1) {
    house.advance(60 * minute)
    await work()
  }
  expect(sent).toEqual([])
  server.away = false
  house.advance(60 * minute)
  await work()
  expect(links()).toHaveLength(1)
  expect(await reset(links()[0] ?? '')).toBe(200)
  await house.auth.close()
})

test('a link that was used is not revived by a later attempt at its mail, nor when its row would have been cleared away', async () => {
  const { house, server, forgot, work, links, reset } = await limited()
  server.losesAnswers = true
  await forgot()
  expect(await reset(links()[0] ?? '')).toBe(200)
  house.advance(2 * 60 * minute)
  await house.service('tickets').sweep()
  await work()
  house.advance(2 * 60 * minute)
  await work()
  expect(new Set(links()).size).toBe(1)
  expect(await reset(links()[0] ?? '', 'another lamp at the harbour')).toBe(400)
  await house.auth.close()
})

test('I9: while a mail waits, nothing of what it will carry is at rest', async () => {
  const { house, server, forgot, work, links } = await limited()
  server.away = true
  await forgot()
  const tables = ['job', 'ticket', 'outbox', 'audit_entry'] as const
  const rows = async () =>
    JSON.stringify(
      await Promise.all(
        tables.map((table) =>
          house.database.everything<Record<typeof table, Record<string, unknown>>>().selectFrom(table).selectAll().execute(),
        ),
      ),
    )
  const waiting = await rows()
  expect(waiting).toContain('mail.send')
  server.away = false
  house.advance(60 * minute)
  await work()
  expect(links()[0]).toHaveLength(43)
  expect(waiting + (await rows())).not.toContain(links()[0])
  await house.auth.close()
})
