import { expect, test } from 'vitest'
import { z } from 'zod'
import { createClient } from '../client.ts'
import {
  BootError,
  type Contract,
  contract,
  createAuth,
  defineErrors,
  type EndpointDef,
  endpoint,
  event,
  type Feature,
  feature,
} from '../index.ts'
import { sqlite } from '../sqlite.ts'

const list = endpoint({ method: 'GET', path: '/notes', access: 'session', summary: 'My notes' })
const hosted = (of: Contract, name: string = of.name): Feature =>
  feature({
    name,
    contract: of,
    create: () => ({}),
    handlers: () => Object.fromEntries(Object.keys(of.endpoints).map((key) => [key, async () => undefined])),
  })
/** A contract with one endpoint that differs from a good one, also in ways TypeScript would refuse. */
const odd = (change: object) => contract('notes', { list: { ...list, ...change } as EndpointDef })

function open(...features: Feature[]) {
  return createAuth({ baseUrl: 'https://app.example.com', secret: 's'.repeat(32), storage: sqlite(':memory:'), features })
}

function refusal(start: () => unknown): BootError {
  try {
    start()
  } catch (error) {
    if (error instanceof BootError) return error
    throw error
  }
  throw new Error('it booted')
}

test.each([
  ...['login', 'register', 'refresh', 'logout', 'logoutAll', 'me', 'updateMe'],
  ...['users', 'sessions', 'password', 'signing', 'keys', 'audit', 'events', 'tickets', 'state', 'subscribe'],
])('a contract of the application cannot be called %s: the word is ours, at boot and in the client', (word) => {
  const taken = contract(word, { list })
  expect(refusal(() => open(hosted(taken, 'notes')))).toMatchObject({
    message: `a contract of the application is called ${word}`,
    remedy: expect.stringContaining('Rename it'),
  })
  expect(() => createClient({ contracts: [taken] })).toThrow(`a contract of the application is called ${word}`)
})

test('endpoints of the application stay under the name of their contract, whatever they are called', async () => {
  const notes = contract('notes', {
    login: endpoint({ method: 'POST', path: '/notes/login', access: 'public', summary: 'Theirs', returns: z.string() }),
    me: endpoint({ method: 'GET', path: '/notes/me', access: 'public', summary: 'Theirs', returns: z.string() }),
  })
  const theirs = feature({
    name: 'notes',
    contract: notes,
    create: () => ({}),
    handlers: () => ({ login: async () => 'their login', me: async () => 'their me' }),
  })
  const auth = createAuth({
    baseUrl: 'https://app.example.com',
    secret: 's'.repeat(32),
    storage: sqlite(':memory:'),
    features: [theirs],
  })
  const client = createClient({
    baseUrl: 'https://app.example.com',
    contracts: [notes],
    fetch: (request) => auth.handle(new Request(request)),
  })
  for (const api of [client, auth.as(new Request('https://app.example.com'))]) {
    expect([await api.notes.login(), await api.notes.me()]).toEqual(['their login', 'their me'])
    await expect(api.me()).rejects.toMatchObject({ code: 'unauthorized' })
  }
  const login = client.login({ email: 'ada@example.com', password: 'wrong' })
  await expect(login).rejects.toMatchObject({ code: 'invalid_credentials' })
  await auth.close()
})

test.each(['then', 'my notes', '__proto__', 'Notes', ''])('"%s" is no word a client can have', (word) => {
  const message = `the contract name "${word}" is not a word`
  expect(refusal(() => open(hosted(contract(word, { list }), 'notes'))).message).toBe(message)
  expect(() => createClient({ contracts: [contract(word, { list })] })).toThrow(message)
})

test('an endpoint called "then" would turn a group of calls into a promise', () => {
  expect(refusal(() => open(hosted(contract('notes', Object.fromEntries([['then', list]]))))).message).toContain(
    'endpoint name "then" of notes',
  )
})

test('two contracts of one name, and two features of one name, are refused', () => {
  const [one, two] = [contract('notes', { list }), contract('notes', { list: { ...list, path: '/other' } })]
  expect(refusal(() => open(hosted(one), hosted(two, 'other'))).message).toBe('two contracts are called notes')
  expect(refusal(() => open(hosted(one), hosted(contract('other', {}), 'notes'))).message).toBe('two features are called notes')
  expect(() => createClient({ contracts: [one, two] })).toThrow('two contracts are called notes')
})

test.each(['sessions', 'storage'])('a feature called %s would share a history of migrations with ours', (name) => {
  expect(refusal(() => open(hosted(contract('notes', { list }), name))).message).toBe(`two features are called ${name}`)
})

test.each([
  ['a route of ours', { path: '/me' }, 'users.me and notes.list both answer GET /auth/me'],
  ['a document of ours', { path: '/openapi.json' }, 'notes.list and a document of ours both answer GET /auth/openapi.json'],
  [
    'a route of ours at the root',
    { path: '/.well-known/jwks.json', root: true },
    'signing.jwks and notes.list both answer GET /auth/.well-known/jwks.json',
  ],
  [
    'a route of ours under another name for its parameter',
    { method: 'DELETE', path: '/sessions/:id', params: z.object({ id: z.string() }) },
    'sessions.revoke and notes.list both answer DELETE /auth/sessions/:id',
  ],
])('two endpoints cannot answer one request: %s', (_, change, message) => {
  const documented = () =>
    createAuth({
      baseUrl: 'https://app.example.com',
      secret: 's'.repeat(32),
      storage: sqlite(':memory:'),
      features: [hosted(odd(change))],
      http: { docs: true },
    })
  expect(refusal(documented)).toMatchObject({ message, remedy: 'Give one of them another path.' })
})

test('the same parameter at the same place under two names is one request', () => {
  const params = (name: string) => ({ path: `/notes/:${name}` as const, params: z.object({ [name]: z.string() }) })
  const notes = contract('notes', { show: { ...list, ...params('id') }, find: { ...list, ...params('title') } })
  expect(refusal(() => open(hosted(notes))).message).toBe('notes.show and notes.find both answer GET /auth/notes/:title')
})

test.each([
  ['no access', { access: undefined }, 'notes.list does not say who may call it'],
  ['an access nobody knows', { access: 'everybody' }, 'notes.list does not say who may call it'],
  [
    'an access with a duration that is none',
    { access: { session: { within: '5min' } } },
    'notes.list does not say who may call it',
  ],
  ['an access with a misspelt demand', { access: { session: { all: 2 } } }, 'notes.list does not say who may call it'],
  ['a role without a name', { access: { role: '' } }, 'notes.list does not say who may call it'],
  ['a path without a slash', { path: 'notes' }, 'notes.list has the path "notes"'],
  ['a path that climbs', { path: '/../admin' }, 'notes.list has the path "/../admin"'],
  ['a path with an empty segment', { path: '//notes' }, 'notes.list has the path "//notes"'],
  ['a path with a pattern', { path: '/notes/*' }, 'notes.list has the path "/notes/*"'],
  ['a path with a query', { path: '/notes?all' }, 'notes.list has the path "/notes?all"'],
  ['a parameter without a schema', { path: '/notes/:id' }, 'notes.list has the path "/notes/:id" and params for: nothing'],
  [
    'a parameter that is not in the path',
    { params: z.object({ id: z.string() }) },
    'notes.list has the path "/notes" and params for: id',
  ],
  ['a method that is none', { method: 'LIST' }, 'notes.list has the method LIST'],
  ['a GET with a body', { body: z.object({}) }, 'notes.list is a GET that reads a body'],
  ['a limit nobody declared', { rateLimit: 'notes' }, 'notes.list counts by the limit notes'],
  [
    'an error of ours with another status',
    { errors: Object.values(defineErrors({ unauthorized: { status: 402, title: 'Pay first' } })) },
    'notes.list answers unauthorized with 402, and elsewhere it is 401',
  ],
])('an endpoint with %s is refused at boot', (_, change, message) => {
  const error = refusal(() => open(hosted(odd(change))))
  expect(error.message).toBe(message)
  expect(error.remedy).not.toBe('')
})

test('an endpoint without a handler is refused at boot', () => {
  const forgotten = feature({
    name: 'notes',
    contract: contract('notes', { list }),
    create: () => ({}),
    handlers: () => ({}) as { list(): Promise<undefined> },
  })
  expect(refusal(() => open(forgotten)).message).toBe('notes.list has no handler')
})

test('events: names of ours, and one name twice, are refused', () => {
  const said = event({ summary: 'Something happened', data: z.object({}), audit: false })
  const declares = (name: string, eventName: string) => hosted(contract(name, {}, { [eventName]: said }))
  expect(refusal(() => open(declares('notes', 'identity.note.written')))).toMatchObject({
    message: 'the contract notes declares the event identity.note.written',
    remedy: expect.stringContaining('notes.note.written'),
  })
  expect(refusal(() => open(declares('notes', 'identity.user.created'))).message).toBe(
    'two features declare the event identity.user.created',
  )
  expect(refusal(() => open(declares('notes', 'a.b.c'), declares('words', 'a.b.c'))).message).toBe(
    'two features declare the event a.b.c',
  )
})

test('a definition that did not go through feature() is refused', () => {
  const bare: object = { name: 'notes', contract: contract('notes', {}), create: () => ({}), handlers: () => ({}) }
  expect(refusal(() => open(bare as Feature)).message).toBe('features.0: a feature made by feature()')
})

test('a hook that waits for a misspelt event is refused with the one that was meant', () => {
  const waiting = () =>
    createAuth({
      baseUrl: 'https://app.example.com',
      secret: 's'.repeat(32),
      storage: sqlite(':memory:'),
      hooks: { inTransaction: { ['identity.user.creatd' as 'identity.user.created']: async () => {} } },
    })
  expect(refusal(waiting)).toMatchObject({ remedy: 'Did you mean "identity.user.created"?' })
})

test('options of a feature are parsed by its schema: a misspelt one is refused with the one that was meant', () => {
  const greeter = (values: { greeting?: string }) =>
    feature(
      {
        name: 'notes',
        contract: contract('notes', {}),
        options: z.strictObject({ greeting: z.string().min(2).default('Hello') }),
        create: ({ options }) => options.greeting,
        handlers: () => ({}),
      },
      values,
    )
  const misspelt: object = { greting: 'Hi' }
  expect(refusal(() => open(greeter(misspelt)))).toMatchObject({
    message: 'notes.greting is not an option',
    remedy: 'Did you mean "greeting"?',
  })
  expect(refusal(() => open(greeter({ greeting: '!' }))).message).toContain('notes.greeting')
  expect(() => open(greeter({}))).not.toThrow()
})

test('addresses cannot be proved where no mail leaves the house', () => {
  const options = { baseUrl: 'https://app.example.com', secret: 's'.repeat(32), storage: sqlite(':memory:') }
  expect(refusal(() => createAuth({ ...options, email: { verification: 'strict' } }))).toMatchObject({
    message: 'email needs mail',
    remedy: 'Switch mail on.',
  })
})
