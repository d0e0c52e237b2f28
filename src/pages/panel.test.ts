import { afterEach, expect, test } from 'vitest'
import { device } from '../../test/flows/browser.ts'
import { houseOn } from '../../test/flows/house.ts'
import { sqlite } from '../sqlite.ts'

let house: ReturnType<typeof houseOn>
afterEach(() => house.auth.close())

test('the door of the panel looks as the other pages do', async () => {
  house = houseOn(sqlite(':memory:'), { admin: {} })
  const browser = device(house)
  expect((await browser.send('GET', '/admin')).text).toContain('>app.example.com</p>')
  const look = { 'pages.siteName': '<b>Meadow</b>', 'pages.primaryColor': '#FFE000', 'pages.logoUrl': '/logo.svg' }
  await house.auth.asSystem('test').settings.set({ settings: look })

  const { text, status, headers } = await browser.send('GET', '/admin')
  expect(status).toBe(401)
  expect(text).toContain('<img src="/logo.svg" alt="" height="32">&lt;b&gt;Meadow&lt;/b&gt;')
  expect(headers.get('content-security-policy')).toContain("img-src 'self'")
  expect((await browser.send('GET', '/admin/pages.css')).text).toContain('--accent: #7f7000')
  expect((await browser.send('GET', '/admin/login/password')).text).toContain('/logo.svg')
})

test('whoever comes to the door can type at once; of a login that was refused they hear first', async () => {
  house = houseOn(sqlite(':memory:'), { admin: {} })
  const browser = device(house)
  const focused = (text: string) =>
    [...text.matchAll(/<(?:input id|div class)="(\w+)"[^>]* autofocus/g)].map(([, which]) => which)
  expect(focused((await browser.send('GET', '/admin')).text)).toEqual(['identifier'])
  expect(focused((await browser.send('GET', '/admin/login/password')).text)).toEqual(['newPassword'])
  const wrong = await house.auth.handle(
    new Request('https://app.example.com/admin/login', {
      method: 'POST',
      headers: { origin: 'https://app.example.com', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'identifier=ada@example.com&password=wrong',
    }),
  )
  expect(focused(await wrong.text())).toEqual(['problem'])
})
