import { expect, test } from 'vitest'
import { MemoryStore, openDesk, openWithAda } from './desk.ts'

const gone = 'Session expired or invalid.'

/** A store that overwrites where a table would refuse. */
class OverwritingStore extends MemoryStore {
  override async saveSession(sessionId: string, userId: string): Promise<boolean> {
    this.rows.set(sessionId, userId)
    return true
  }
}

/** A store whose next inserts wait for each other, so that all of them have looked before any has written. */
class BarrierStore extends MemoryStore {
  #missing = 0
  #open = () => {}
  #barrier = Promise.resolve()

  waitFor(count: number): void {
    this.#missing = count
    this.#barrier = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  override async saveSession(sessionId: string, userId: string): Promise<boolean> {
    this.#missing -= 1
    if (this.#missing === 0) this.#open()
    await this.#barrier
    return super.saveSession(sessionId, userId)
  }
}

test('SA-15: after a logout nothing is refreshed', async () => {
  const { login, service } = await openWithAda(new MemoryStore())
  const { refreshToken, sessionId } = await login()
  const next = await service.refresh(refreshToken)
  await service.logout(sessionId)
  for (const token of [refreshToken, next.refreshToken]) await expect(service.refresh(token)).rejects.toThrow(gone)
})

test('SA-16: a refresh answers a new pair for the same session', async () => {
  const { login, service, clock } = await openWithAda(new MemoryStore())
  const first = await login()
  clock.advance('10m')
  const second = await service.refresh(first.refreshToken)
  expect(second.sessionId).toBe(first.sessionId)
  expect(second.refreshToken).not.toBe(first.refreshToken)
  clock.advance('10m')
  await expect(service.validateSession(first.accessToken)).rejects.toThrow(gone)
  expect(await service.validateSession(second.accessToken)).toMatchObject({ userId: 'ada', sessionId: first.sessionId })
})

test('SA-16: a refresh token used again after 30 seconds is refused, and its session ends', async () => {
  const { login, service, clock, store } = await openWithAda(new MemoryStore())
  const { refreshToken, sessionId } = await login()
  const next = await service.refresh(refreshToken)
  clock.advance('31s')
  await expect(service.refresh(refreshToken)).rejects.toThrow(new RegExp(`^${gone}$`))
  expect(store.rows.has(sessionId)).toBe(false)
  await expect(service.validateSession(next.accessToken)).rejects.toThrow(gone)
  await expect(service.refresh(next.refreshToken)).rejects.toThrow(gone)
})

test('a retry within 30 seconds gets the same answer, for the client that never saw the first', async () => {
  const { login, service, clock } = await openWithAda(new MemoryStore())
  const { refreshToken } = await login()
  const next = await service.refresh(refreshToken)
  clock.advance('30s')
  expect(await service.refresh(refreshToken)).toEqual(next)
})

test('RT-01: within 30 seconds too, a parent whose child has been used is reuse', async () => {
  const { login, service, store } = await openWithAda(new MemoryStore())
  const { refreshToken, sessionId } = await login()
  const child = await service.refresh(refreshToken)
  const grandchild = await service.refresh(child.refreshToken)
  await expect(service.refresh(refreshToken)).rejects.toThrow(gone)
  expect(store.rows.has(sessionId)).toBe(false)
  await expect(service.refresh(grandchild.refreshToken)).rejects.toThrow(gone)
})

test('RT-01: so it is without a store, as far as this process can tell', async () => {
  const { login, service } = await openWithAda(null)
  const { refreshToken } = await login()
  const child = await service.refresh(refreshToken)
  await service.refresh(child.refreshToken)
  await expect(service.refresh(refreshToken)).rejects.toThrow(gone)
})

test('RT-01: so it is when the child was used in another process', async () => {
  const { login, service, clock, store } = await openWithAda(new MemoryStore())
  const { refreshToken } = await login()
  const child = await service.refresh(refreshToken)
  await openDesk(store, { clock }).service.refresh(child.refreshToken)
  await expect(service.refresh(refreshToken)).rejects.toThrow(gone)
})

test('RT-02: fifty refreshes with one token at once have one answer and one successor', async () => {
  const { login, service, store } = await openWithAda(new MemoryStore())
  const { refreshToken } = await login()
  const answers = await Promise.all(Array.from({ length: 50 }, () => service.refresh(refreshToken)))
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(store.asked('save')).toHaveLength(2) // the login, and one mark
})

test('RT-02: of two processes that both find one token unspent the primary key lets one spend it, and the session ends', async () => {
  const store = new BarrierStore()
  const { login, service, clock } = await openWithAda(store)
  const other = openDesk(store, { clock }).service
  const { refreshToken, sessionId } = await login()
  store.waitFor(2)
  const answers = await Promise.allSettled([service.refresh(refreshToken), other.refresh(refreshToken)])
  const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.message] : []))
  expect(refusals).toEqual([gone])
  expect(store.rows.has(sessionId)).toBe(false)
})

test('RT-04: a process that has just started knows what was spent before it', async () => {
  const { login, service, clock, store } = await openWithAda(new MemoryStore())
  const { refreshToken, sessionId } = await login()
  await service.refresh(refreshToken)
  await expect(openDesk(store, { clock }).service.refresh(refreshToken)).rejects.toThrow(gone)
  expect(store.rows.has(sessionId)).toBe(false)
})

test('a store that overwrites shows what was spent too, as long as the two do not come at the same moment', async () => {
  const { login, service, clock, store } = await openWithAda(new OverwritingStore())
  const { refreshToken } = await login()
  const next = await service.refresh(refreshToken)
  await expect(openDesk(store, { clock }).service.refresh(refreshToken)).rejects.toThrow(gone)
  await expect(service.refresh(next.refreshToken)).rejects.toThrow(gone)
})

test('a mark is a row of the user under an id that nobody can log out of by guessing, and no token opens with it', async () => {
  const { login, service, store } = await openWithAda(new MemoryStore())
  const { refreshToken, sessionId } = await login()
  await service.refresh(refreshToken)
  const marks = [...store.rows].filter(([id]) => id !== sessionId)
  expect(marks).toEqual([[expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-/), 'ada']])
  expect(refreshToken).not.toContain(marks[0]?.[0])
})

test('an outage while a token is spent neither loses the session nor spends the token', async () => {
  const store = new MemoryStore()
  const { login, service } = await openWithAda(store)
  const { refreshToken, sessionId } = await login()
  const save = store.saveSession
  store.saveSession = async () => {
    throw new Error('connect ECONNREFUSED 10.0.0.7:5432')
  }
  await expect(service.refresh(refreshToken)).rejects.toThrow(/^Failed to store session in database\.$/)
  store.saveSession = async () => false
  await expect(service.refresh(refreshToken)).rejects.toThrow(/^Failed to store session in database\.$/)
  store.saveSession = save
  expect((await service.refresh(refreshToken)).sessionId).toBe(sessionId)
})

test('reuse is refused also while the store cannot delete the session', async () => {
  const store = new MemoryStore()
  const { login, service, clock } = await openWithAda(store)
  const { refreshToken } = await login()
  await service.refresh(refreshToken)
  clock.advance('31s')
  store.deleteSession = async () => {
    throw new Error('connect ECONNREFUSED 10.0.0.7:5432')
  }
  await expect(service.refresh(refreshToken)).rejects.toThrow(new RegExp(`^${gone}$`))
})
