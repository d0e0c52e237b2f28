import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryThrough } from '../memory-through.ts'
import { device } from './browser.ts'
import { houseOn } from './house.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }

let house: ReturnType<typeof houseOn>
let commits: number

beforeEach(async () => {
  // What, on a file, would be written through to the disk.
  const counting = memoryThrough((run) => (sql, parameters) => {
    if (sql === 'commit') commits += 1
    return run(sql, parameters)
  })
  house = houseOn(counting, { infra: { runJobs: false } }) // what waits in the outbox is handed on by the clock, many rows in one commit
  await device(house).send('POST', '/auth/register', ada)
  await house.background.settled()
})
afterEach(() => house.auth.close())

/** Commits until the answer is there, and those of the work that follows it. */
async function commitsOf(password: string): Promise<{ status: number; before: number; after: number }> {
  commits = 0
  const { status } = await device(house).send('POST', '/auth/login', { ...ada, password })
  const before = commits
  await house.background.settled()
  return { status, before, after: commits - before }
}

test('a wrong guess is committed twice, when it is counted and when it is known to be wrong; a login three times', async () => {
  expect(await commitsOf('a wrong guess')).toEqual({ status: 401, before: 2, after: 0 })
  expect(await commitsOf(ada.password)).toEqual({ status: 200, before: 3, after: 0 })
})

test('a guess that comes too early costs no commit at all', async () => {
  for (let i = 0; i < 5; i += 1) expect((await commitsOf('a wrong guess')).status).toBe(401)
  expect(await commitsOf('a wrong guess')).toEqual({ status: 429, before: 0, after: 0 })
})
