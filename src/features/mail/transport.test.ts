import { afterEach, expect, test, vi } from 'vitest'
import { createAuth, type MailOptions } from '../../index.ts'
import { sqlite } from '../../sqlite.ts'

const embedded = (transport: MailOptions['transport']) => () =>
  createAuth({
    baseUrl: 'https://app.example.com',
    secret: 's'.repeat(40),
    storage: sqlite(':memory:'),
    mail: { from: 'hi@example.com', transport },
    links: { resetPassword: 'https://app.example.com/new-password' },
  })

afterEach(() => vi.unstubAllEnvs())

test.each(['production', 'staging', '', undefined])(
  'an application that does not say it is on trial, NODE_ENV %s, writes no link that opens an account to its log',
  (env) => {
    vi.stubEnv('NODE_ENV', env)
    for (const shown of ['console', 'inbox'] as const)
      for (const transport of [shown, ['smtp://127.0.0.1:25', shown]] as const)
        expect(embedded(transport)).toThrow(`mail.transport is "${shown}" where people may be served`)
    expect(embedded('smtp://127.0.0.1:25')).not.toThrow()
  },
)

test.each(['development', 'test'])('with NODE_ENV %s mails may be shown', (env) => {
  vi.stubEnv('NODE_ENV', env)
  expect(embedded('console')).not.toThrow()
  expect(embedded(['inbox', 'console'])).not.toThrow()
})
