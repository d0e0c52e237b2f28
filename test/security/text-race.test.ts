import { afterEach, expect, test } from 'vitest'
import { engines } from '../engines.ts'
import { houseOn } from '../flows/house.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

test.each(engines)('of operators who change one mail at once, each says what stood there before, on $name', async ({ open }) => {
  const engine = await open()
  closers.push(engine.cleanup)
  const mail = { from: 'Example <hi@example.com>', transport: 'inbox' } as const
  const house = houseOn(engine.storage, { mail, infra: { runJobs: false } })
  closers.push(() => house.auth.close())
  const { mail: mails, audit } = house.auth.asSystem('test')
  const subjects = Array.from({ length: 16 }, (_, one) => `Subject ${one}`)
  await Promise.all(subjects.map((subject) => mails.setTexts({ id: 'test', translations: { en: { subject } } })))

  const { templates } = await mails.listTexts()
  const last = templates.find(({ id }) => id === 'test')?.translations.en.override.subject
  const { entries } = await audit.list({ action: 'identity.mail-text.changed', limit: 100 })
  const before = entries.map((entry) => (entry.before as { subject?: string }).subject ?? 'ours')
  expect(before.toSorted()).toEqual(['ours', ...subjects.filter((subject) => subject !== last)].toSorted())
})
