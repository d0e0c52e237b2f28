/**
 * What can be wrong with contracts, ours and the application's, judged before anything is opened.
 *
 * Invariant: nothing is shadowed. A word, a route, an event and an error code each belong to one contract, and an endpoint says who may
 * call it. Types say most of this to TypeScript; this says it to everybody, JavaScript included.
 * Not here: roles. A role is whatever users were given, so there is no list of them to check against.
 *
 * @module
 */
import { BootError } from '../kernel/config/boot-error.ts'
import { closest } from '../kernel/config/options.ts'
import type { Contract, EndpointDef } from '../kernel/contract/endpoint.ts'
import { type ErrorDef, kernelErrors } from '../kernel/contract/errors.ts'
import { limitTable } from '../kernel/contract/limits.ts'
import { isAccess } from '../kernel/http/demands.ts'
import type { Route } from '../kernel/http/pipeline.ts'
import { mount } from '../kernel/http/setup.ts'
import { product } from '../kernel/product.ts'
import { faultOf } from './contracts.ts'
import type { Feature } from './host-feature.ts'
import type { Blueprint } from './wire.ts'

/** Events whose names begin so are ours, also those that are still to come. */
const ownEvents = 'identity.'

/** @throws BootError for words, events or errors of the application that cannot stand beside ours */
export function assertContracts({ features, catalogue }: Blueprint, hosts: readonly Feature[], hooked: readonly string[]): void {
  const fault = faultOf(hosts.map(({ contract }) => contract))
  if (fault) throw new BootError(fault.problem, fault.remedy)
  assertEvents(features.flatMap(({ contract, adminContract }) => [contract, adminContract ?? []].flat()))
  for (const { contract } of hosts) assertForeign(contract)
  for (const name of hooked) {
    if (Object.hasOwn(catalogue, name)) continue
    const guess = closest(name, Object.keys(catalogue))
    const remedy = guess === undefined ? 'Declare it in the contract that emits it.' : `Did you mean "${guess}"?`
    throw new BootError(`hooks.inTransaction waits for ${name}, which no feature emits`, remedy)
  }
}

function assertEvents(contracts: readonly Contract[]): void {
  const seen = new Set<string>()
  for (const name of contracts.flatMap(({ events }) => Object.keys(events))) {
    if (seen.has(name)) throw new BootError(`two features declare the event ${name}`, 'Give your event a name of its own.')
    seen.add(name)
  }
}

function assertForeign({ name, events }: Contract): void {
  const taken = Object.keys(events).find((event) => event.startsWith(ownEvents))
  if (taken === undefined) return
  const remedy = `Call it ${name}.${taken.slice(ownEvents.length)}: names that begin with ${ownEvents} are those of ${product.title}.`
  throw new BootError(`the contract ${name} declares the event ${taken}`, remedy)
}

/** @throws BootError for an endpoint that cannot be served as it is declared, and for two that would answer the same request */
export function assertRoutes(setup: Parameters<typeof mount>[0]): void {
  for (const route of setup.routes) assertEndpoint(route)
  assertErrors(setup.routes)
  const seen = new Map<string, string>()
  for (const { method, path, target } of mount(setup)) {
    const name = 'endpoint' in target ? nameOf(target) : 'a document of ours'
    const place = `${method} ${path.replaceAll(/:[^/]+/g, ':')}` // parameters of different names meet the same requests
    const other = seen.get(place)
    if (other !== undefined)
      throw new BootError(`${other} and ${name} both answer ${method} ${path}`, 'Give one of them another path.')
    seen.set(place, name)
  }
}

const nameOf = ({ contract, key }: Route): string => `${contract}.${key}`

const methods: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] satisfies EndpointDef['method'][]
const segment = /^(?:(?!\.{1,2}$)[\w.~-]+|:[A-Za-z]\w*)$/

function assertEndpoint(route: Route): void {
  const { endpoint, handler } = route
  const { method, path, access, rateLimit = 'default', params, body } = endpoint
  const refuse = (problem: string, remedy: string): never => {
    throw new BootError(`${nameOf(route)} ${problem}`, remedy)
  }
  if (typeof handler !== 'function')
    refuse('has no handler', 'Answer one from handlers(), under the name it has in the contract.')
  if (!methods.includes(method)) refuse(`has the method ${method}`, `Use one of: ${methods.join(', ')}.`)
  if (
    !path.startsWith('/') ||
    !path
      .slice(1)
      .split('/')
      .every((part) => segment.test(part))
  ) {
    refuse(
      `has the path "${path}"`,
      'Start with a slash, end without one, and use plain segments or :names, as in /invoices/:id.',
    )
  }
  const inPath = path.split('/').flatMap((part) => (part.startsWith(':') ? [part.slice(1)] : []))
  const inSchema = Object.keys(params?.shape ?? {})
  if ([...inPath].sort().join() !== [...inSchema].sort().join()) {
    refuse(`has the path "${path}" and params for: ${inSchema.join(', ') || 'nothing'}`, 'Let both name the same parameters.')
  }
  if (!isAccess(access)) {
    refuse('does not say who may call it', "Set access to 'public', 'session', { role: ... } or what else its type says.")
  }
  if (!Object.hasOwn(limitTable, rateLimit)) {
    refuse(`counts by the limit ${rateLimit}`, `Use one of: ${Object.keys(limitTable).join(', ')}.`)
  }
  if (method === 'GET' && body !== undefined) refuse('is a GET that reads a body', 'Take its input as query, or use POST.')
}

/** One code has one status, everywhere: a client decides by the code alone. */
function assertErrors(routes: readonly Route[]): void {
  const statuses = new Map(Object.values<ErrorDef>(kernelErrors).map(({ code, status }) => [code, status]))
  for (const route of routes) {
    for (const { code, status } of route.endpoint.errors ?? []) {
      const known = statuses.get(code)
      if (known !== undefined && known !== status) {
        const problem = `${nameOf(route)} answers ${code} with ${status}, and elsewhere it is ${known}`
        throw new BootError(problem, 'Give the error a code of its own.')
      }
      statuses.set(code, status)
    }
  }
}
