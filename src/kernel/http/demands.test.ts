import { describe, expect, test } from 'vitest'
import { BootError } from '../config/boot-error.ts'
import type { Access, Demands } from '../contract/access.ts'
import { createGuards, type GuardPort } from './guard.ts'
import { routes, testCore } from './test-core.ts'

const port: GuardPort<object> = { require: async () => ({}), refuse: () => new Response(null, { status: 403 }) }
const guardWith = (demands: unknown) => createGuards(port).check(demands as Demands)
const me = routes.find(({ key }) => key === 'me') ?? routes[0]
const coreWith = (access: unknown) =>
  testCore({ routes: me ? [{ ...me, endpoint: { ...me.endpoint, access: access as Access } }] : [] })

function bootErrorOf(work: () => unknown): BootError {
  try {
    work()
  } catch (error) {
    if (error instanceof BootError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('a guard that would stand open is refused when it is made', () => {
  test('an unknown demand is named, with the one that was meant', () => {
    expect(bootErrorOf(() => guardWith({ rol: 'admin' }))).toMatchObject({
      message: 'guard.rol is not an option',
      remedy: 'Did you mean "role"?',
    })
    expect(bootErrorOf(() => guardWith({ permission: 'orders:read' })).remedy).toBe('Known here: aal, role, strict, within.')
  })

  test('a demand without a value, or with one that means nothing', () => {
    const open = [
      { role: undefined },
      { role: '' },
      { role: 7 },
      { aal: undefined },
      { aal: 4 },
      { aal: '2' },
      { within: undefined },
      { within: '1.5h' },
      { within: '0s' },
      { within: 300 },
      { strict: 'yes' },
      null,
      'admin',
    ]
    for (const demands of open) expect(bootErrorOf(() => guardWith(demands)).remedy).not.toBe('')
    expect(bootErrorOf(() => guardWith({ role: undefined })).message).toBe('guard.role: the name of a role')
  })

  test('what can be meant is taken, and changing it afterwards changes nothing', async () => {
    const asked: (Demands | undefined)[] = []
    const remembering: GuardPort<object> = { ...port, require: async (_, demands) => ({ asked: asked.push(demands) }) }
    const demands: { -readonly [K in keyof Demands]: Demands[K] } = { role: 'admin', aal: 2, within: '5m', strict: true }
    const check = createGuards(remembering).check(demands)
    delete demands.role
    expect(await check({ headers: {} })).toBeUndefined()
    expect(asked).toEqual([{ role: 'admin', aal: 2, within: '5m', strict: true, withinMs: 300_000 }])
    expect(() => guardWith(undefined)).not.toThrow()
  })
})

describe('an endpoint that would stand open stops the boot', () => {
  test('every access that is not known, or asks without saying for what', () => {
    const open = [
      undefined,
      'sesion',
      {},
      { role: undefined },
      { permission: 'orders:read' },
      { session: undefined },
      { session: { within: '1.5h' } },
      { session: { role: 'admin' } },
      { role: 'admin', aal: 2 },
    ]
    for (const access of open) expect(bootErrorOf(() => coreWith(access)).message).toMatch(/^shop\.me\.access/)
  })

  test('those that are known are taken', () => {
    for (const access of ['public', 'pending-login', 'session', { session: { strict: true } }, { role: 'admin', strict: true }])
      expect(() => coreWith(access)).not.toThrow()
  })
})
