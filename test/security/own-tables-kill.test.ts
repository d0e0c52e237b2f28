import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type OpenedEngine, type TestEngine } from '../engines.ts'
import { device } from '../flows/browser.ts'
import { houseOn, storageAt } from '../flows/house.ts'
import { type ServerProcess, startServer } from '../second-process.ts'
import { applicationAt, type Death } from '../stores/application.ts'
import { openSockets, type Sockets } from './sockets.ts'

const outliving = engines.filter(({ name }) => name !== 'sqlite-memory')
const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const fresh = 'another long sentence'
const bearer = { 'x-auth-strategy': 'bearer' }

/** A house, and a way to die beside it. */
function stage({ name, open }: TestEngine) {
  let engine: OpenedEngine
  let folder: string
  let path: string
  let house: ReturnType<typeof houseOn>
  let server: ServerProcess | undefined
  let sockets: Sockets | undefined

  beforeEach(async () => {
    engine = await open()
    folder = await mkdtemp(join(tmpdir(), 'keywright-'))
    // On SQLite their tables lie in the file that ours are in.
    path = name === 'sqlite-file' ? (engine.location ?? '') : join(folder, 'application.db')
    house = houseOn(storageAt(engine.location ?? ''), { stores: applicationAt(path) })
    await house.auth.ready()
  })
  afterEach(async () => {
    sockets?.close()
    await server?.kill()
    await house.auth.close()
    await engine.cleanup()
    await rm(folder, { recursive: true })
  })

  /** What a process does that dies at that call of theirs. */
  async function dying(death: Death, act: (of: { sockets: Sockets; server: ServerProcess }) => Promise<unknown>): Promise<void> {
    server = await startServer(engine.location ?? '', { application: { path, death } })
    sockets = await openSockets(server.origin, 2)
    const answer = await act({ server, sockets }).then(
      () => 'answered',
      () => 'nothing',
    )
    expect(answer).toBe('nothing')
    await server.ended
  }

  const login = (password: string) => device(house).send('POST', '/auth/login', { ...ada, password }, bearer)
  const statusOf = async (password: string) => (await login(password)).status
  const isIn = async (accessToken: string) =>
    (await device(house).send('GET', '/auth/me', undefined, { authorization: `Bearer ${accessToken}` })).status === 200
  const audited = async (action: string) =>
    (await house.auth.asSystem('test').audit.list({ action })).entries.map(({ actor }) => actor.kind)
  const changed = () => audited('identity.user.password.changed')

  /** Somebody with two devices. */
  async function registered() {
    const { body } = await device(house).send('POST', '/auth/register', ada, bearer)
    const other = (await login(ada.password)).body.accessToken
    return { id: body.user.id, mine: body.accessToken, other }
  }

  const change =
    (accessToken: string) =>
    ({ sockets }: { sockets: Sockets }) =>
      sockets.send(
        'POST',
        '/auth/password/change',
        { currentPassword: ada.password, newPassword: fresh },
        { authorization: `Bearer ${accessToken}` },
      )

  return {
    house: () => house,
    path: () => path,
    dying,
    login,
    statusOf,
    isIn,
    audited,
    changed,
    registered,
    change,
  }
}

describe.each(outliving)(
  'kill -9 around a change of a password in a store of the application, all else on $name',
  (engine) => {
    const { house, dying, login, statusOf, isIn, changed, registered, change } = stage(engine)

    test('a change that died before their write: the old password counts again once its owner is taken for dead', async () => {
      const { mine, other } = await registered()
      await dying('before passwords.set', change(mine))
      expect([await isIn(mine), await isIn(other)]).toEqual([true, false])
      expect(await Promise.all([statusOf(ada.password), statusOf(fresh)])).toEqual([503, 503])
      house().advance(10_000)
      expect([await statusOf(ada.password), await statusOf(fresh)]).toEqual([200, 401])
      expect(await changed()).toEqual([])
    })

    test('a change that died after their write: the new password counts, and no session is older than it but the one it was asked from', async () => {
      const { mine, other } = await registered()
      await dying('after passwords.set', change(mine))
      expect([await isIn(mine), await isIn(other)]).toEqual([true, false])
      expect([await statusOf(fresh), await statusOf(ada.password)]).toEqual([200, 401])
      expect(await changed()).toEqual(['user'])
      house().advance(60_000)
      await house().service('password').foreign?.settleAbandoned(house().ambient.clock.now())
      expect(await changed()).toEqual(['user'])
    })

    test('a change that died after their write is completed by the clock, also when nobody logs in', async () => {
      const { mine, other } = await registered()
      await dying('after passwords.set', change(mine))
      house().advance(10_000)
      await house().service('password').foreign?.settleAbandoned(house().ambient.clock.now())
      expect(await changed()).toEqual(['user'])
      expect([await isIn(mine), await isIn(other)]).toEqual([true, false])
    })

    test.each([
      { death: 'before passwords.set', old: 'factor_required', wanted: 'invalid_credentials', told: ['system'] },
      { death: 'after passwords.set', old: 'invalid_credentials', wanted: 'active', told: ['system', 'user'] },
    ] as const)('a change that was owed and died $death: exactly one password counts', async ({ death, old, wanted, told }) => {
      const { id } = await registered()
      const { temporaryPassword } = await house().auth.asSystem('support').password.reset({ id })
      const { loginToken } = (await login(temporaryPassword)).body
      await dying(death, ({ sockets }) =>
        sockets.send('POST', '/auth/login/password', { loginToken, newPassword: fresh }, bearer),
      )
      house().advance(10_000)
      const answers = [(await login(temporaryPassword)).body, (await login(fresh)).body]
      expect(answers.map(({ code, status }) => code ?? status)).toEqual([old, wanted])
      expect((await changed()).toSorted()).toEqual(told)
    })
  },
  60_000,
)

/** The half that is ours is the same few statements on every engine, and races of them are run elsewhere. */
const onFile = outliving.filter(({ name }) => name === 'sqlite-file')

describe.each(onFile)(
  'kill -9 around other calls of stores of the application, all else on $name',
  (engine) => {
    const { house, path, dying, login, statusOf, isIn, audited, changed, registered } = stage(engine)

    test('a reset that died before their write: the sessions are over, the password is the old one', async () => {
      const { id, mine, other } = await registered()
      await dying('before passwords.set', ({ server }) => server.reset(id))
      expect([await isIn(mine), await isIn(other)]).toEqual([false, false])
      house().advance(10_000)
      expect((await login(ada.password)).body.status).toBe('active')
      expect(await changed()).toEqual([])
    })

    test('a reset that died after their write lets nobody in, and may be repeated at once', async () => {
      const { id, mine } = await registered()
      await dying('after passwords.set', ({ server }) => server.reset(id))
      expect([await isIn(mine), await statusOf(ada.password)]).toEqual([false, 401])
      const { temporaryPassword } = await house().auth.asSystem('support').password.reset({ id })
      expect((await login(temporaryPassword)).body).toMatchObject({ status: 'factor_required', methods: ['password_change'] })
    })

    const calls: readonly Death[] = ['before users.create', 'after users.create', 'before passwords.set', 'after passwords.set']
    test.each(calls)('a registration that died %s leaves neither a person nor a hash', async (death) => {
      const stores = applicationAt(path())
      await dying(death, ({ sockets }) => sockets.send('POST', '/auth/register', ada, bearer))
      const half = await stores.users.findByIdentifier({ kind: 'email', value: ada.email, poolId: 'default' })
      expect(await statusOf(ada.password)).toBe(401)
      house().advance(60_000)
      expect(await house().service('users').undoAbandoned(house().ambient.clock.now())).toBe(1)
      expect(stores.users.count()).toBe(0)
      if (half) expect((await stores.passwords.find(half.id)) ?? null).toBe(null)
      expect((await device(house()).send('POST', '/auth/register', ada, bearer)).status).toBe(201)
    })

    const removals: readonly Death[] = ['after sessions.revokeAllSessionsForUser', 'after passwords.set', 'after users.delete']
    test.each(removals)('a deletion that died %s lets nobody in, and is finished by the clock, once', async (death) => {
      const { id, mine, other } = await registered()
      const wish = { currentPassword: ada.password }
      const authorization = { authorization: `Bearer ${mine}` }
      await dying(death, ({ sockets }) => sockets.send('DELETE', '/auth/account', wish, authorization))
      expect([await isIn(mine), await isIn(other), await statusOf(ada.password)]).toEqual([false, false, 401])
      expect(await audited('identity.user.deleted')).toEqual([])
      house().advance(60_000)
      await Promise.all([house().service('account').carryOutDue(), house().service('account').carryOutDue()])
      expect(await audited('identity.user.deleted')).toEqual(['user'])
      const stores = applicationAt(path())
      const left = [stores.users.count(), (await stores.passwords.find(id)) ?? null, await stores.sessions.getSessionsForUser(id)]
      expect(left).toEqual([0, null, []])
      expect((await device(house()).send('POST', '/auth/register', ada, bearer)).status).toBe(201)
    })

    test.each([
      { death: 'before users.update', firstName: null },
      { death: 'after users.update', firstName: 'Ada' },
    ] as const)(
      'a profile whose change died $death is whole, and nobody was told that it changed',
      async ({ death, firstName }) => {
        const { mine } = await registered()
        const authorization = { authorization: `Bearer ${mine}` }
        await dying(death, ({ sockets }) => sockets.send('PATCH', '/auth/me', { firstName: 'Ada' }, authorization))
        expect((await device(house()).send('GET', '/auth/me', undefined, authorization)).body).toMatchObject({ firstName })
        expect(await audited('identity.user.updated')).toEqual([])
        const again = await device(house()).send('PATCH', '/auth/me', { firstName: 'Ada' }, authorization)
        expect(again).toMatchObject({ status: 200, body: { firstName: 'Ada' } })
      },
    )
  },
  60_000,
)
