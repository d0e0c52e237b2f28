import { BootError } from 'keywright'
import { type AuthConfig, type IUserStore, MemoryTemplateStore, type RouterOptions } from 'keywright/node-auth'
import { describe, expect, test } from 'vitest'
import { NodeAuth } from '../../../src/compat/node-auth/configurator.ts'
import { openDesk, secrets, testWorld } from './desk.ts'
import { MySessionStore } from './samples/my-session-store.ts'
import { MyUserStore } from './samples/my-user-store.ts'

const make = (config: object, env?: Record<string, string>) => {
  const { world, warnings } = testWorld(env)
  return { auth: new NodeAuth({ ...secrets, ...config } as AuthConfig, new MyUserStore(), world), warnings }
}

function refusal(work: () => unknown): BootError {
  try {
    work()
  } catch (error) {
    if (error instanceof BootError) return error
    throw error
  }
  throw new Error('it was accepted')
}

const mailer = { endpoint: 'https://mail.example.com/send', apiKey: 'k', from: 'hi@example.com' }

test('what node-auth documents for a start is taken as it stands', () => {
  const { auth } = make({
    accessTokenExpiresIn: '15m',
    refreshTokenExpiresIn: '7d',
    apiPrefix: '/auth',
    cookieOptions: { secure: false, sameSite: 'lax', path: '/', refreshTokenPath: '/auth/refresh', domain: undefined },
    csrf: { enabled: true },
    bcryptSaltRounds: 12,
    emailVerificationMode: 'none',
    email: { siteUrl: 'http://localhost:3000', mailer: undefined },
    session: { checkOn: 'allcalls' },
    buildTokenPayload: () => ({}),
    sms: undefined,
    ui: { enabled: false },
  })
  expect(auth.router({ sessionStore: new MySessionStore(), swagger: 'auto', apiPrefix: '/auth' })).toBeTypeOf('function')
})

test.each([
  ['sms', { sms: { endpoint: 'https://sms.example.com' } }],
  ['oauth', { oauth: { google: { clientId: 'a', clientSecret: 'b', callbackUrl: 'c' } } }],
  ['twoFactor', { twoFactor: { appName: 'Example' } }],
  ['ui', { ui: { enabled: true } }],
  ['idProvider', { idProvider: { privateKey: 'pem' } }],
  ['resourceServer', { resourceServer: { enabled: true, jwksUrl: 'https://id.example.com' } }],
  ['email.sendMagicLink', { email: { sendMagicLink: () => {} } }],
  ['email.sendWelcome', { email: { sendWelcome: () => {} } }],
])('%s is refused by name: it is not available yet', (name, config) => {
  expect(refusal(() => make(config)).message).toBe(`${name} is not available yet`)
})

test.each([
  'googleStrategy',
  'oauthStrategies',
  'metadataStore',
  'rbacStore',
  'tenantStore',
  'linkedAccountsStore',
  'settingsStore',
  'uploadDir',
])('a router refuses %s by name: it is not available yet', (name) => {
  expect(refusal(() => make({}).auth.router({ [name]: {} } as RouterOptions)).message).toBe(
    `router: ${name} is not available yet`,
  )
})

test.each<[object, string, string]>([
  [{ acessTokenExpiresIn: '5m' }, 'acessTokenExpiresIn is not an option', 'Did you mean "accessTokenExpiresIn"?'],
  [{ csrf: { enable: true } }, 'csrf.enable is not an option', 'Did you mean "enabled"?'],
  [{ session: { checkOn: 'sometimes' } }, 'session.checkOn: ', 'Set session.checkOn'],
  [{ accessTokenExpiresIn: 'soon' }, 'accessTokenExpiresIn: a time', 'Set accessTokenExpiresIn'],
  [{ bcryptSaltRounds: 15 }, 'bcryptSaltRounds: what your bcrypt hashes cost', 'Set bcryptSaltRounds'],
  [{ accessTokenExpiresIn: -5 }, 'accessTokenExpiresIn: a time', 'Set accessTokenExpiresIn'],
  [{ accessTokenSecret: undefined }, 'accessTokenSecret: ', 'Set accessTokenSecret'],
  [{ cookieOptions: { sameSite: 'none' } }, "cookieOptions.sameSite: only 'lax'", 'Set cookieOptions.sameSite'],
  [{ cookieOptions: { domain: 'example.com' } }, 'cookieOptions.domain is not available', 'cookies belong to one host'],
  [{ cookieOptions: { secure: true }, email: { siteUrl: 'http://localhost' } }, 'cookieOptions.secure asks for https', 'siteUrl'],
  [{ email: { siteUrl: 'http://app.example.com' } }, 'baseUrl is plain http on a host others can reach', 'https'],
  [{ templateStore: new MemoryTemplateStore() }, 'templateStore needs email.mailer', 'Set email.mailer'],
  [{ templateStore: {}, email: { mailer } }, 'templateStore: a store', 'Set templateStore'],
  [{ emailVerificationMode: 'lazy' }, "emailVerificationMode 'lazy' needs mail", 'email.sendVerificationEmail'],
  [{ requireEmailVerification: true, email: { mailer } }, 'needs a user store with updateEmailVerified()', 'who has proved'],
  [{ email: { mailer: { ...mailer, endpoint: 'http://mail.example.com' } } }, 'HTTP mailer is not https', 'in clear'],
  [{ email: { mailer: { ...mailer, fromName: 'A <eve@example.com>' } } }, 'email.mailer.fromName: a name', 'Set email.mailer'],
  [{ email: { mailer: { ...mailer, from: 'a@example.com\r\nBcc: b@example.com' } } }, 'mail.from: an address', 'Set mail.from'],
  [{ keywright: { links: { resetPasword: 'x' } } }, 'keywright.links.resetPasword is not an option', 'resetPassword'],
  [{ keywright: { http: { basePath: '/x' } } }, 'keywright.http.basePath is not an option', 'limits, trustProxy'],
])('%o is refused with what to do about it', (config, message, remedy) => {
  const error = refusal(() => make(config).auth.router())
  expect(error.message).toContain(message)
  expect(error.remedy).toContain(remedy)
})

test('stores that lack a method are refused by its name', () => {
  const { world } = testWorld()
  const users = { findByEmail: async () => null } as unknown as IUserStore
  expect(refusal(() => new NodeAuth(secrets, users, world)).message).toBe('the user store has no findById()')
  const sessionStore = { createSession: async () => {} } as unknown as MySessionStore
  expect(refusal(() => make({}).auth.router({ sessionStore })).message).toBe('sessionStore has no getSession()')
  expect(refusal(() => make({}).auth.middleware({ sessionStore })).message).toBe('sessionStore has no getSession()')
})

describe('secrets and addresses', () => {
  const short = { accessTokenSecret: 'your-access-secret', refreshTokenSecret: 'your-refresh-secret' }

  test('BOOT-02: a short secret is refused, but for a rehearsal, which is warned and never told the secret', () => {
    for (const env of [{}, { NODE_ENV: 'production' }, { NODE_ENV: 'staging' }]) {
      const error = refusal(() => make({ ...short, email: { siteUrl: 'https://app.example.com' } }, env))
      expect(error.message).toBe('accessTokenSecret has less than 32 bytes')
      expect(`${error.message}${error.remedy}`).not.toContain('your-access')
    }
    const { warnings } = make(short, { NODE_ENV: 'development' })
    expect(warnings[1]).toContain('accessTokenSecret has less than 32 bytes')
    expect(refusal(() => make({ refreshTokenSecret: secrets.accessTokenSecret })).message).toContain('are the same')
  })

  test('with nothing said of an address a rehearsal is warned, and whatever else runs is refused over plain http', () => {
    for (const NODE_ENV of ['test', 'development'])
      expect(make({}, { NODE_ENV }).warnings[0]).toContain('http://localhost is assumed')
    for (const env of [{}, { NODE_ENV: '' }, { NODE_ENV: 'staging' }, { NODE_ENV: 'production' }]) {
      const { message, remedy } = refusal(() => make({}, env))
      expect(message).toContain('plain http is assumed only with NODE_ENV=development or test')
      expect(remedy).toContain('email.siteUrl')
      expect(make({ cookieOptions: { secure: true } }, env).warnings[0]).toContain('https://localhost is assumed')
      expect(make({ email: { siteUrl: 'https://app.example.com' } }, env).warnings).toEqual([])
    }
  })

  test('of several addresses of the site the first counts, and a warning says so', () => {
    const { warnings } = make({ email: { siteUrl: ['https://app.example.com', 'https://other.example.com'] } })
    expect(warnings).toEqual([expect.stringContaining('only the first is used')])
  })

  test('without a storage one warning says that sessions end with the process', () => {
    const { auth, warnings } = make({ email: { siteUrl: 'https://app.example.com' } })
    auth.router()
    auth.router()
    expect(warnings).toEqual([expect.stringContaining('Sessions are kept in memory')])
  })

  test('nothing of what is given is written to', () => {
    const freeze = (value: object): object => {
      for (const inner of Object.values(value)) if (typeof inner === 'object') freeze(inner)
      return Object.freeze(value)
    }
    const config = freeze({ cookieOptions: {}, email: { siteUrl: ['https://app.example.com'] }, csrf: {} })
    expect(() => make(config).auth.router(Object.freeze({ sessionStore: new MySessionStore() }))).not.toThrow()
  })
})

describe('one house', () => {
  test('a middleware made before the router knows its sessions, and lends it its own store', async () => {
    const { auth } = make({})
    const early = auth.middleware()
    const sessionStore = new MySessionStore()
    expect(early).toBeTypeOf('function')
    auth.router({ sessionStore })
    expect(() => auth.middleware({ sessionStore })).not.toThrow()
    expect(refusal(() => auth.middleware({ sessionStore: new MySessionStore() })).message).toBe(
      'sessionStore came after the router was made',
    )
    expect(refusal(() => auth.router({ sessionStore, cors: { origins: ['https://a.example.com'] } })).message).toContain(
      'cors came after',
    )
    await auth.keywright.close()
  })

  test('a session store that comes after auth.keywright was used is refused, and the reason is the true one', async () => {
    const { auth } = make({})
    auth.keywright.on('identity.session.revoked', () => {})
    expect(refusal(() => auth.router({ sessionStore: new MySessionStore() })).message).toBe(
      'sessionStore came after auth.keywright was used, or a request came',
    )
    expect(() => auth.router()).not.toThrow()
    await auth.keywright.close()
  })

  test('cleanup is mounted only for a store that can, register only with an onRegister; what is not ours is passed on', async () => {
    const { createSession, getSession, getSessionsForUser, updateSessionLastActive, revokeSession, revokeAllSessionsForUser } =
      new MySessionStore()
    const bare = {
      createSession,
      getSession,
      getSessionsForUser,
      updateSessionLastActive,
      revokeSession,
      revokeAllSessionsForUser,
    }
    for (const sessions of [bare, null]) {
      const { client } = await openDesk({
        sessions,
        routes: (app) => void app.use((_req, res) => void res.status(404).json({ error: 'theirs' })),
      })
      const browser = client()
      expect((await browser.login()).status).toBe(200)
      for (const [method, path] of [
        ['POST', '/auth/sessions/cleanup'],
        ['POST', '/auth/register'],
        ['GET', '/auth/login'],
        ['GET', '/auth/csrf'],
        ['POST', '/auth/node-auth/register'],
        ['GET', '/auth/'],
        ['DELETE', '/auth/sessions/a/b'],
      ] as const)
        expect(await browser.send(method, path, undefined, browser.page)).toMatchObject({
          status: 404,
          body: { error: 'theirs' },
        })
      expect((await browser.get('/auth/sessions/')).body.sessions).toHaveLength(1)
      expect((await browser.send('HEAD', '/auth/me')).status).toBe(200)
      expect((await client().send('HEAD', '/auth/me')).status).toBe(401)
    }
  })

  test('it may be mounted anywhere, behind a limiter of the application', async () => {
    const seen: string[] = []
    const rateLimiter = (req: { url: string }, res: { status(code: number): { json(body: object): void } }, next: () => void) => {
      seen.push(req.url)
      if (seen.length > 2) res.status(429).json({ error: 'slow down' })
      else next()
    }
    const { client } = await openDesk({ mount: '/api/v1/identity', router: { rateLimiter } })
    const browser = client()
    expect((await browser.login()).status).toBe(200)
    expect((await browser.get('/api/v1/identity/me?fresh=1')).status).toBe(200)
    expect(await browser.get('/api/v1/identity/me')).toMatchObject({ status: 429, body: { error: 'slow down' } })
    expect(seen).toEqual(['/login', '/me?fresh=1', '/me'])
  })
})
