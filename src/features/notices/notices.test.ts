import { afterEach, describe, expect, test } from 'vitest'
import { device } from '../../../test/flows/browser.ts'
import { houseOn, storageAt } from '../../../test/flows/house.ts'
import type { AuthOptions } from '../../app/options.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const bearer = { 'x-auth-strategy': 'bearer' }

let house: ReturnType<typeof houseOn>
afterEach(() => house.auth.close())

function open(notices?: NonNullable<AuthOptions['notices']>) {
  const mail = { from: 'Example <hi@example.com>', transport: 'inbox' as const }
  const options = { mail, ...(notices && { notices }), infra: { runJobs: false } }
  house = houseOn(storageAt(':memory:'), options, { jobsAtOnce: true })
}

/** What has been sent, oldest first. */
async function sent() {
  await house.background.settled()
  return (house.service('mail')?.inbox?.messages() ?? []).toReversed()
}
const subjects = async () => (await sent()).map(({ subject }) => subject)
const newDevice = 'A new device at Example'

describe('a notice', () => {
  test('tells of a login from a browser that was not seen before, and of no other', async () => {
    open()
    const laptop = device(house)
    await laptop.send('POST', '/auth/register', ada)
    await laptop.send('POST', '/auth/logout', {})
    await laptop.send('POST', '/auth/login', ada)
    expect(await subjects()).toEqual([])
    const phone = device(house, '198.51.100.7')
    await phone.send('POST', '/auth/login', ada, { 'accept-language': 'it' })
    await phone.send('POST', '/auth/login', ada)
    const [mail, ...more] = await sent()
    expect(more).toEqual([])
    expect(mail).toMatchObject({ to: ada.email, subject: 'Un nuovo dispositivo su Example' })
    expect(mail?.text).toContain(
      '1 gennaio 2026 alle ore 12:00 UTC. Dispositivo: Firefox, Linux. Indirizzo di rete: 198.51.100.7.',
    )
  })

  test('tells nobody of the first login there ever was, and of an app only when it is elsewhere', async () => {
    open()
    await house.auth.asSystem('desk').users.create({ identifier: ada.email })
    const { users } = await house.auth.asSystem('desk').users.list()
    const { temporaryPassword } = await house.auth.asSystem('desk').password.reset({ id: users[0]?.id ?? '' })
    const first = device(house)
    const { loginToken } = (await first.send('POST', '/auth/login', { ...ada, password: temporaryPassword }, bearer)).body
    await first.send('POST', '/auth/login/password', { loginToken, newPassword: ada.password }, bearer)
    await device(house).send('POST', '/auth/login', ada, bearer)
    expect(await subjects()).not.toContain(newDevice)
    await device(house, '198.51.100.7').send('POST', '/auth/login', ada, bearer)
    expect((await subjects()).filter((subject) => subject === newDevice)).toHaveLength(1)
  })

  test('tells of a copied login that was ended', async () => {
    open()
    const { refreshToken } = (await device(house).send('POST', '/auth/register', ada, bearer)).body
    await device(house).send('POST', '/auth/refresh', { refreshToken }, bearer)
    house.advance(31_000)
    expect((await device(house).send('POST', '/auth/refresh', { refreshToken }, bearer)).status).toBe(401)
    expect(await subjects()).toEqual(['A device was logged out at Example'])
  })

  test('says nothing in the words of whoever called', async () => {
    open()
    await device(house).send('POST', '/auth/register', ada)
    const agent = 'Go to evil.example/now <b>at once</b>'
    await device(house).send('POST', '/auth/login', ada, { 'user-agent': agent })
    const [mail] = await sent()
    expect(mail?.text).toContain('Device: –.')
    expect(JSON.stringify(mail)).not.toContain('evil')
  })

  test('is not sent where it is switched off', async () => {
    open({ newDevice: false, passwordChanged: false, refreshReuse: false })
    const laptop = device(house)
    const { refreshToken } = (await laptop.send('POST', '/auth/register', ada, bearer)).body
    await laptop.send('POST', '/auth/refresh', { refreshToken }, bearer)
    house.advance(31_000)
    await laptop.send('POST', '/auth/refresh', { refreshToken }, bearer)
    const phone = device(house)
    await phone.send('POST', '/auth/login', ada)
    const { csrfToken } = (await phone.send('GET', '/auth/csrf')).body
    const change = { currentPassword: ada.password, newPassword: 'violet harbour lamp 42' }
    expect((await phone.send('POST', '/auth/password/change', change, { 'x-csrf-token': csrfToken })).status).toBe(200)
    expect(await subjects()).toEqual([])
  })
})
