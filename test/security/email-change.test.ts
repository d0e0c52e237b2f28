import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { IUserStore, UserRecord } from '../../src/stores.ts'
import { engines, type OpenedEngine } from '../engines.ts'
import { type Device, device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { signal } from '../flows/nodes.ts'
import { clientUsers } from '../stores/client-users.ts'
import { clientPasswords } from '../stores/passwords.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const eve = { email: 'eve@evil.example', password: 'another good secret' }
/** Owed to whoever registers; what is looked at here comes after. */
const isWelcome = ({ subject }: { readonly subject: string }) => subject === 'Confirm your address for Example'
const target = 'ada@new.example'
const fresh = 'violet harbour lamp 42'
const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const options = {
  mail: { from: 'Example <hi@example.com>', transport: 'inbox' as const },
  email: {},
  infra: { runJobs: false },
}

/** A house, with somebody who registered from their laptop. */
function stage(house: ReturnType<typeof houseOn>) {
  const post = (path: string, body: object) => device(house).send('POST', `/auth${path}`, body)
  const received = (to: string) => (house.service('mail')?.inbox?.messages() ?? []).filter((mail) => mail.to === to)
  const sent = (to: string) => received(to).filter((mail) => !isWelcome(mail))
  async function request(browser: Device, body: object, at = second) {
    house.advance(at)
    const { csrfToken } = (await browser.send('GET', '/auth/csrf')).body
    const answer = await browser.send('POST', '/auth/email/change', body, { 'x-csrf-token': csrfToken })
    await house.background.settled()
    return answer
  }
  const tokenIn = (text = '') => new URL(/https:\S+/.exec(text)?.[0] ?? '').searchParams.get('token') ?? ''
  const tokenFor = async (to: string): Promise<string> => {
    await house.background.settled()
    return tokenIn(sent(to)[0]?.text)
  }
  const confirm = (token: string) => post('/email/change/confirm', { token })
  return {
    house,
    post,
    sent,
    request,
    tokenFor,
    /** Of the mail to whoever registers. */
    async proofFor(to: string) {
      await house.background.settled()
      return tokenIn(received(to).find(isWelcome)?.text)
    },
    confirm,
    revert: (token: string) => post('/email/change/revert', { token }),
    login: async (as: object) => (await post('/login', as)).status,
    async registered(who = ada) {
      const browser = device(house)
      await browser.send('POST', '/auth/register', who)
      return browser
    },
    /** From request to confirmation. */
    async move(browser: Device, to: string, currentPassword = ada.password) {
      expect((await request(browser, { newEmail: to, currentPassword })).status).toBe(200)
      expect((await confirm(await tokenFor(to))).status).toBe(200)
    },
  }
}

describe('the change of an address', () => {
  let at: ReturnType<typeof stage>
  let laptop: Device
  beforeEach(async () => {
    at = stage(houseOn(storageAt(':memory:'), options, { jobsAtOnce: true }))
    laptop = await at.registered()
  })
  afterEach(() => at.house.auth.close())

  test('EC-01: a session that proved itself more than ten minutes ago has to prove itself again', async () => {
    expect((await at.request(laptop, { newEmail: target }, 10 * minute)).status).toBe(200)
    expect(await at.request(laptop, { newEmail: target })).toMatchObject({ status: 403, body: { code: 'step_up_required' } })
    const wrong = { newEmail: target, currentPassword: 'not the password' }
    expect(await at.request(laptop, wrong)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    expect(at.sent(target)).toHaveLength(1)
    expect((await at.request(laptop, { newEmail: target, currentPassword: ada.password })).status).toBe(200)
    expect(at.sent(target)).toHaveLength(2)
  })

  test('EC-04: a link to an address that is no longer the wanted one is refused, also while the newer mail has not arrived', async () => {
    await at.request(laptop, { newEmail: target })
    const older = await at.tokenFor(target)
    await at.registered(eve)
    // Nobody is ever sent a link to this one: it is somebody's.
    await at.request(laptop, { newEmail: eve.email })
    expect((await at.confirm(older)).body.code).toBe('ticket_rejected')
    await at.request(laptop, { newEmail: 'ada@third.example' })
    expect((await at.confirm(await at.tokenFor('ada@third.example'))).status).toBe(200)
  })

  test('OT-02: a link is nothing after its use, a new password, or 30 minutes; the way back is nothing after 72 hours', async () => {
    await at.request(laptop, { newEmail: target })
    const late = await at.tokenFor(target)
    at.house.advance(30 * minute)
    expect((await at.confirm(late)).body.code).toBe('ticket_rejected')
    await at.request(laptop, { newEmail: target, currentPassword: ada.password })
    const beforeChange = await at.tokenFor(target)
    const { csrfToken } = (await laptop.send('GET', '/auth/csrf')).body
    const change = { currentPassword: ada.password, newPassword: fresh }
    expect((await laptop.send('POST', '/auth/password/change', change, { 'x-csrf-token': csrfToken })).status).toBe(200)
    expect((await at.confirm(beforeChange)).body.code).toBe('ticket_rejected')
    await at.request(laptop, { newEmail: target, currentPassword: fresh })
    const inTime = await at.tokenFor(target)
    at.house.advance(30 * minute - second)
    expect((await at.confirm(inTime)).status).toBe(200)
    expect((await at.confirm(inTime)).body.code).toBe('ticket_rejected')

    const undo = await at.tokenFor(ada.email)
    at.house.advance(72 * hour)
    expect((await at.revert(undo)).body.code).toBe('ticket_rejected')
    await at.move(laptop, ada.email, fresh)
    const inTimeToo = await at.tokenFor(target)
    at.house.advance(72 * hour - second)
    expect((await at.revert(inTimeToo)).status).toBe(200)
  })

  test('LK-07: a change that was begun ends when the owner recovers, also when its mail is still on its way', async () => {
    const mails: { to: string; text: string }[] = []
    const server = { away: false }
    const transport = {
      async send(mail: { to: string; text: string }) {
        mails.push(mail)
        if (server.away && mail.to === eve.email) throw new Error('the answer got lost')
      },
    }
    await at.house.auth.close()
    const mail = { from: options.mail.from, transport }
    at = stage(houseOn(storageAt(':memory:'), { ...options, mail }, { jobsAtOnce: true }))
    const tokenIn = (text = '') => new URL(/https:\S+/.exec(text)?.[0] ?? '').searchParams.get('token') ?? ''
    const thief = await at.registered()
    server.away = true
    await at.request(thief, { newEmail: eve.email })
    at.house.advance(second)
    await at.post('/password/forgot', { email: ada.email })
    await at.house.background.settled()
    // By now their link has run out, and the next attempt at its mail would give it another 30 minutes.
    at.house.advance(30 * minute - second)
    const reset = tokenIn(mails.findLast(({ to }) => to === ada.email)?.text)
    expect((await at.post('/password/reset', { token: reset, newPassword: fresh })).status).toBe(200)
    server.away = false
    at.house.advance(hour)
    at.house.service('jobs').worker.poke()
    await at.house.background.settled()
    for (const { text } of mails.filter(({ to }) => to === eve.email))
      expect((await at.confirm(tokenIn(text))).body.code).toBe('ticket_rejected')
    expect(await at.login({ ...ada, password: fresh })).toBe(200)
  })

  test('whoever is in an account can neither end the way back nor stand in it, and is out once it is taken', async () => {
    await at.move(laptop, eve.email)
    const undo = await at.tokenFor(ada.email)
    await at.move(laptop, 'eve@second.example')
    const theirs = await at.tokenFor(eve.email)
    const { csrfToken } = (await laptop.send('GET', '/auth/csrf')).body
    const change = { currentPassword: ada.password, newPassword: eve.password }
    await laptop.send('POST', '/auth/password/change', change, { 'x-csrf-token': csrfToken })
    expect((await at.post('/register', { ...eve, email: ada.email })).body.code).toBe('identifier_taken')
    // The way back to where they were first leaves that of the owner open.
    expect((await at.revert(theirs)).status).toBe(200)
    expect((await at.revert(undo)).status).toBe(200)
    expect((await laptop.send('GET', '/auth/me')).status).toBe(401)
    for (const email of [ada.email, eve.email, 'eve@second.example'])
      for (const password of [ada.password, eve.password]) expect(await at.login({ email, password })).toBe(401)
    await at.house.background.settled()
    const reset = await at.tokenFor(ada.email)
    expect((await at.post('/password/reset', { token: reset, newPassword: fresh })).status).toBe(200)
    expect(await at.login({ ...ada, password: fresh })).toBe(200)
  })

  test('the owner’s way back ends those of whoever came after', async () => {
    await at.move(laptop, eve.email)
    await at.move(laptop, 'eve@second.example')
    const [undo, theirs] = [await at.tokenFor(ada.email), await at.tokenFor(eve.email)]
    expect((await at.revert(undo)).status).toBe(200)
    expect((await at.revert(theirs)).body.code).toBe('ticket_rejected')
  })

  test('LK-07: whoever is thrown out while their password is checked neither moves nor deletes the account any more', async () => {
    const passwords = clientPasswords()
    const [moving, leaving, released] = [signal(), signal(), signal()]
    const arrivals: { give(): void }[] = []
    const held = async <T>(value: T) => {
      const arrived = arrivals.shift()
      arrived?.give()
      if (arrived) await released.given
      return value
    }
    const stores = { passwords: { ...passwords, find: async (id: string) => held(await passwords.find(id)) } }
    await at.house.auth.close()
    at = stage(houseOn(storageAt(':memory:'), { ...options, stores, account: { grace: false } }, { jobsAtOnce: true }))
    const [owner, thief] = [await at.registered(), device(at.house)]
    expect((await thief.send('POST', '/auth/login', ada)).status).toBe(200)
    const protect = async (browser: Device) => ({ 'x-csrf-token': (await browser.send('GET', '/auth/csrf')).body.csrfToken })
    const [ours, theirs] = [await protect(owner), await protect(thief)]
    const proof = { currentPassword: ada.password }

    arrivals.push(moving)
    const move = thief.send('POST', '/auth/email/change', { newEmail: eve.email, ...proof }, theirs)
    await moving.given
    arrivals.push(leaving)
    const leave = thief.send('DELETE', '/auth/account', proof, theirs)
    await leaving.given
    expect((await owner.send('POST', '/auth/password/change', { ...proof, newPassword: fresh }, ours)).status).toBe(200)
    released.give()
    expect([(await move).status, (await leave).status]).toEqual([401, 401])
    await at.house.background.settled()
    expect(at.sent(eve.email)).toEqual([])
    expect(await at.login({ ...ada, password: fresh })).toBe(200)
  })

  test('a node whose clock is ahead does not put a thief’s way back before the owner’s', async () => {
    await at.request(laptop, { newEmail: eve.email })
    const first = await at.tokenFor(eve.email)
    at.house.jump(5 * second)
    expect((await at.confirm(first)).status).toBe(200)
    const undo = await at.tokenFor(ada.email)
    at.house.jump(-5 * second)
    await at.move(laptop, 'eve@second.example')
    at.house.advance(10 * second)
    const theirs = await at.tokenFor(eve.email)
    expect((await at.revert(undo)).status).toBe(200)
    expect((await at.revert(theirs)).body.code).toBe('ticket_rejected')
  })

  test.each<'14d' | false>(['14d', false])(
    'a thief who deletes the account, with a grace of %s, ends no way back',
    async (grace) => {
      await at.house.auth.close()
      at = stage(houseOn(storageAt(':memory:'), { ...options, account: { grace } }, { jobsAtOnce: true }))
      const thief = await at.registered()
      await at.move(thief, eve.email)
      const undo = await at.tokenFor(ada.email)
      const { csrfToken } = (await thief.send('GET', '/auth/csrf')).body
      const gone = await thief.send('DELETE', '/auth/account', {}, { 'x-csrf-token': csrfToken })
      expect(gone).toMatchObject({ status: 200, body: { status: 'scheduled' } })
      at.house.advance(72 * hour - second)
      await at.house.service('account').carryOutDue()
      expect((await at.revert(undo)).status).toBe(200)
      const reset = await at.tokenFor(ada.email)
      expect((await at.post('/password/reset', { token: reset, newPassword: fresh })).status).toBe(200)
      at.house.advance(15 * 24 * hour)
      await at.house.service('account').carryOutDue()
      expect(await at.login({ ...ada, password: fresh })).toBe(200)
    },
  )

  test('nobody learns from an answer whether an address is somebody’s; those who have it do, by mail', async () => {
    await at.registered(eve)
    const answers = [await at.request(laptop, { newEmail: eve.email }), await at.request(laptop, { newEmail: target })]
    const [known, unknown] = answers.map(({ status, body, headers }) =>
      JSON.stringify({ status, body, names: [...headers.keys()].sort() }),
    )
    expect(known).toBe(unknown)
    expect(at.sent(eve.email).map(({ subject, text }) => [subject, text.includes('https:')])).toEqual([
      ['Your address at Example', false],
    ])
    expect(at.sent(target).map(({ subject }) => subject)).toEqual(['Confirm your new address at Example'])
  })

  test.each<[string, unknown]>([
    ['a list', [target, eve.email]],
    ['an object', { email: target }],
    ['two addresses', `${target},${eve.email}`],
    ['a name and an address', `${eve.email} <${target}>`],
    ['a quoted address', `"${target}"@evil.example`],
    ['a header', `${target}\r\nBcc: ${eve.email}`],
    ['the one there is', ada.email],
  ])('OT-08: an address that is %s is refused, and nothing is sent', async (_, newEmail) => {
    expect((await at.request(laptop, { newEmail })).body.code).toBe('validation_failed')
    expect([...at.sent(target), ...at.sent(eve.email), ...at.sent(ada.email)]).toEqual([])
  })
})

describe.each(engines)('the change of an address on $name', ({ open }) => {
  let engine: OpenedEngine
  let here: ReturnType<typeof stage>
  beforeEach(async () => {
    engine = await open()
    here = stage(houseOn(engine.storage, options, { jobsAtOnce: true }))
  })
  afterEach(async () => {
    await here.house.auth.close()
    await engine.cleanup()
  })

  test('OT-01, CC-01: of two who confirm one address, 25 times each and on two nodes, one gets it; its way back works once', async () => {
    const storage = engine.location === undefined ? undefined : storageAt(engine.location)
    const there = storage ? stage(houseOn(storage, options, { jobsAtOnce: true })) : here
    if (there !== here) there.house.advance(3 * second)
    const tokens: string[] = []
    for (const who of [ada, eve]) {
      await here.request(await here.registered(who), { newEmail: target })
      tokens.push(await here.tokenFor(target))
    }
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const { status, body } = await (index % 4 < 2 ? here : there).confirm(tokens[index % 2] ?? '')
        return body.code ?? String(status)
      }),
    )
    expect(answers.filter((answer) => answer === '200')).toHaveLength(1)
    expect(new Set(answers)).toEqual(new Set(['200', 'ticket_rejected', 'identifier_taken']))

    const [winner, loser] = answers.indexOf('200') % 2 === 0 ? [ada, eve] : [eve, ada]
    expect([await here.login({ ...winner, email: target }), await here.login(winner), await here.login(loser)]).toEqual([
      200, 401, 200,
    ])
    await there.house.background.settled()
    const undo = here.sent(winner.email).length > 0 ? await here.tokenFor(winner.email) : await there.tokenFor(winner.email)
    const reverts = await Promise.all(Array.from({ length: 8 }, () => here.revert(undo)))
    expect(reverts.filter(({ status }) => status === 200)).toHaveLength(1)
    if (there !== here) await there.house.auth.close()
  })

  test('an address that was given up is its owner’s for 72 hours, then anybody’s', async () => {
    const laptop = await here.registered()
    await here.move(laptop, target)
    const again = { ...eve, email: ada.email }
    here.house.advance(72 * hour - second)
    expect((await here.post('/register', again)).body.code).toBe('identifier_taken')
    await here.move(laptop, ada.email)
    await here.move(laptop, target)
    here.house.advance(72 * hour)
    expect((await here.post('/register', again)).status).toBe(201)
    await here.move(laptop, 'ada@third.example')
    here.house.advance(73 * hour)
    await here.house.service('users').sweep()
    const db = here.house.database.everything<{ user_identifier: { value: string } }>()
    const kept = await db.selectFrom('user_identifier').select('value').orderBy('value').execute()
    expect(kept.map(({ value }) => value)).toEqual(['ada@example.com', 'ada@third.example'])
  })
})

describe('the change of an address in a store of the application that is slow', () => {
  /** People whose next change, once asked to be held, waits until it is let go. */
  function slowUsers() {
    const users = clientUsers()
    let held: { arrive(): void; readonly until: Promise<void> } | undefined
    return {
      users: {
        ...users,
        async update(id: string, change: Partial<UserRecord>) {
          const mine = held
          held = undefined
          mine?.arrive()
          await mine?.until
          return users.update(id, change)
        },
      } satisfies IUserStore,
      hold() {
        let letGo = () => {}
        const until = new Promise<void>((resolve) => {
          letGo = resolve
        })
        const onItsWay = new Promise<void>((arrive) => {
          held = { arrive, until }
        })
        return { onItsWay, letGo: () => letGo() }
      },
    }
  }

  let at: ReturnType<typeof stage>
  let laptop: Device
  let hold: ReturnType<typeof slowUsers>['hold']
  beforeEach(async () => {
    const slow = slowUsers()
    hold = slow.hold
    at = stage(houseOn(storageAt(':memory:'), { ...options, stores: { users: slow.users } }, { jobsAtOnce: true }))
    laptop = await at.registered()
  })
  afterEach(() => at.house.auth.close())
  const mailed = async (to: string) => {
    at.house.advance(6 * second)
    at.house.service('jobs').worker.poke()
    return at.tokenFor(to)
  }

  test('whoever recovers the account at the address that is being put away is out again', async () => {
    await at.move(laptop, eve.email)
    const undo = await mailed(ada.email)
    const write = hold()
    const reverting = at.revert(undo)
    await write.onItsWay
    await at.post('/password/forgot', { email: eve.email })
    const reset = await mailed(eve.email)
    expect((await at.post('/password/reset', { token: reset, newPassword: eve.password })).status).toBe(200)
    const thief = device(at.house)
    expect((await thief.send('POST', '/auth/login', eve)).status).toBe(200)
    write.letGo()
    expect((await reverting).status).toBe(200)
    expect((await thief.send('GET', '/auth/me')).status).toBe(401)
    expect(await at.login({ ...eve, email: ada.email })).toBe(401)
    const invited = await mailed(ada.email)
    expect((await at.post('/password/reset', { token: invited, newPassword: fresh })).status).toBe(200)
    expect(await at.login({ ...ada, password: fresh })).toBe(200)
  })

  test('a change that was on its way when the owner took the way back does not land after it', async () => {
    await at.move(laptop, eve.email)
    const undo = await mailed(ada.email)
    await at.request(laptop, { newEmail: 'eve@second.example', currentPassword: ada.password })
    const write = hold()
    const confirming = at.confirm(await at.tokenFor('eve@second.example'))
    await write.onItsWay
    expect((await at.revert(undo)).status).toBe(200)
    const reset = await mailed(ada.email)
    // Also when the request that comes back has had its time.
    at.house.advance(minute)
    write.letGo()
    expect((await confirming).status).toBe(503)
    expect((await at.post('/password/reset', { token: reset, newPassword: fresh })).status).toBe(200)
    expect(await at.login({ ...ada, password: fresh })).toBe(200)
    for (const email of [eve.email, 'eve@second.example']) expect(await at.login({ email, password: fresh })).toBe(401)
  })

  test('a proof of the old address that was on its way does not put it back, and a change waits for it', async () => {
    const proof = await at.proofFor(ada.email)
    await at.request(laptop, { newEmail: target })
    const token = await at.tokenFor(target)
    const write = hold()
    const proving = at.post('/verify', { token: proof })
    await write.onItsWay
    expect((await at.confirm(token)).status).toBe(503)
    at.house.advance(10 * second)
    expect((await at.confirm(token)).status).toBe(200)
    write.letGo()
    expect((await proving).status).toBe(503)
    expect([await at.login({ ...ada, email: target }), await at.login(ada)]).toEqual([200, 401])
  })
})
