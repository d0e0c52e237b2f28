/**
 * A node that has not heard yet: everything that would tell it is cut, so it goes on believing what it remembers. Where something could be
 * changed for good it must not.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { panelContracts } from '../../src/app/contracts.ts'
import type { EndpointDef } from '../../src/kernel/contract/endpoint.ts'
import { engines, type OpenedEngine } from '../engines.ts'
import { type Device, device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { ada, bodyOf, everythingOn, guarded, type MountedRoute } from './routes.ts'

type House = ReturnType<typeof houseOn>
type Credential = Readonly<Record<string, string>>

/**
 * What whoever was thrown out a moment ago may still do where nobody has heard of it: look, and write what opens no door and ends nothing.
 * A route that is not named here has to ask the database.
 */
const ordinary = [
  'users.me',
  'users.updateMe',
  'sessions.list',
  'sessions.cleanup', // removes what has run out by itself
  'audit.mine',
  'telemetry.track',
]
const sensitive = guarded.filter(({ id }) => !ordinary.includes(id))

const ofOperators = panelContracts
  .flatMap(({ endpoints }) => Object.values<EndpointDef>(endpoints))
  .filter(({ access }) => typeof access === 'object' && 'operator' in access)

/** Hears nothing by a line, and nothing by looking. */
const cut = {
  options: { infra: { bus: { publish: async () => {}, subscribe: async () => async () => {} }, runJobs: false } },
  around: { startTimer: () => () => {} },
} as const

describe.each(engines.filter(({ name }) => name !== 'sqlite-memory'))(
  'a node that is cut off from changes, on $name',
  ({ open }) => {
    let engine: OpenedEngine
    let here: House
    let deaf: House

    beforeEach(async () => {
      engine = await open()
      here = houseOn(engine.storage, { ...everythingOn, infra: { runJobs: false } })
      // Its first token makes the key of signatures: a node whose clock stands still would not look for another one.
      await device(here).send('POST', '/auth/register', { ...ada, email: 'first@example.com' }, { 'x-auth-strategy': 'bearer' })
      deaf = houseOn(storageAt(engine.location ?? ''), { ...everythingOn, ...cut.options }, { around: cut.around })
      await deaf.auth.ready()
    })
    afterEach(async () => {
      await Promise.all([here, deaf].map((house) => house.auth.close()))
      await engine.cleanup()
    })

    const system = () => here.auth.asSystem('test')
    const request = (headers: Credential) => new Request('https://app.example.com/orders', { headers })
    const believed = async (credential: Credential) => (await deaf.auth.authenticate(request(credential))).status

    async function byCookie(): Promise<Credential> {
      const { jar, send } = device(here)
      await send('POST', '/auth/login', ada)
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      return { cookie, 'x-csrf-token': jar.get('__Host-keywright-csrf') ?? '' }
    }
    async function byToken(): Promise<Credential> {
      const { body } = await device(here).send('POST', '/auth/login', ada, { 'x-auth-strategy': 'bearer' })
      return { authorization: `Bearer ${body.accessToken}` }
    }

    /** A credential for each call: what refuses it forgets it, and the next call would be judged by the database anyway. */
    async function remembered(): Promise<{ route: MountedRoute; credential: Credential }[]> {
      const calls = []
      for (const route of sensitive) for (const login of [byCookie, byToken]) calls.push({ route, credential: await login() })
      for (const { credential } of calls) expect(await believed(credential)).toBe('active')
      return calls
    }

    const ways: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
      'the user is banned': (id) => system().users.disable({ id, reason: 'a thief' }),
      'every session is ended': (id) => system().sessions.revokeAll({ id }),
      'each session is revoked': async (userId) => {
        const { sessions } = await system().sessions.list({ userId, limit: 100 })
        for (const { sessionHandle } of sessions) await system().sessions.revoke({ sessionHandle })
      },
      'the password is reset': (id) => system().password.requireReset({ id }),
      'the account is deleted': (id) => system().account.delete({ id }),
    }

    test.each(Object.keys(ways))('SES-05: no sensitive route believes what it remembers when %s elsewhere', async (way) => {
      expect(ordinary.filter((id) => !guarded.some((route) => route.id === id))).toEqual([])
      const { user } = (await device(here).send('POST', '/auth/register', ada)).body
      const calls = await remembered()
      await ways[way]?.(user.id)
      for (const { route, credential } of calls) {
        expect(await believed(credential)).toBe('active') // it has not heard
        const { method } = route.endpoint
        const { status, body } = await device(deaf).send(method, route.path(), bodyOf(route), credential)
        expect([route.id, status, body.code]).toEqual([route.id, 401, 'session_revoked'])
      }
    })

    test('SES-05: a guard that asks strictly refuses at once what another one still lets through', async () => {
      const { user } = (await device(here).send('POST', '/auth/register', ada)).body
      const [lax, strict] = [await byCookie(), await byCookie()]
      for (const credential of [lax, strict]) expect(await believed(credential)).toBe('active')
      await system().users.disable({ id: user.id, reason: 'a thief' })
      expect((await deaf.auth.require(request(lax))).userId).toBe(user.id)
      await expect(deaf.auth.require(request(strict), { strict: true })).rejects.toMatchObject({ code: 'session_revoked' })
    })

    /** A browser at the panel of the node that does not hear. */
    async function atPanel(email: string): Promise<{ browser: Device; csrf: Credential }> {
      const browser = device(deaf)
      await browser.send('POST', '/admin/api/login', { identifier: email, password: ada.password })
      const { status, body } = await browser.send('GET', '/admin/api/ping')
      expect(status).toBe(200)
      return { browser, csrf: { 'x-csrf-token': body.csrfToken } }
    }
    async function operator(email: string): Promise<{ id: string; browser: Device; csrf: Credential }> {
      const { id } = (await device(here).send('POST', '/auth/register', { ...ada, email })).body.user
      await system().users.setRole({ id, role: 'owner' })
      return { id, ...(await atPanel(email)) }
    }

    const losses: Readonly<Record<string, (id: string) => Promise<number>>> = {
      banned: async (id) => {
        await system().users.disable({ id, reason: 'a thief' })
        return 401
      },
      'thrown out': async (id) => {
        await system().sessions.revokeAll({ id })
        return 401
      },
      demoted: async (id) => {
        await system().users.setRole({ id, role: 'user' })
        return 403
      },
    }

    test.each(Object.keys(losses))('SES-05: an operator who is %s elsewhere opens no endpoint of the panel', async (loss) => {
      await operator('who-stays@example.com')
      const { id } = await operator('eve@example.com')
      // A browser for each call, as above.
      const calls = []
      for (const { method, path } of ofOperators) calls.push({ method, path, ...(await atPanel('eve@example.com')) })
      const status = await losses[loss]?.(id)
      for (const { method, path, browser, csrf } of calls) {
        const answer = await browser.send(method, path.replace(/:\w+/g, id), method === 'GET' ? undefined : {}, csrf)
        expect([method, path, answer.status]).toEqual([method, path, status])
      }
    })

    test('SES-05: an operator who is demoted elsewhere sees what a user sees no longer, not even to look', async () => {
      await operator('who-stays@example.com')
      const { id, browser, csrf } = await operator('eve@example.com')
      const { user } = (await device(here).send('POST', '/auth/register', ada)).body
      await browser.send('POST', `/admin/api/users/${user.id}/impersonate`, { reason: 'ticket 17' }, csrf)
      expect((await browser.send('GET', '/auth/me')).body.email).toBe(ada.email)
      await system().users.setRole({ id, role: 'user' })
      expect((await browser.send('GET', '/auth/me')).status).toBe(401)
    })
  },
)
