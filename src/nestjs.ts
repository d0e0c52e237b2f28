/**
 * Keywright in NestJS: a module, a guard, `@Demands()` and `@CurrentUser()`, over the same `routes`, `guard`, `current`.
 *
 * Invariant: a demand is never without its guard, and demands only add up: one more decorator never opens a door.
 * Nest is typed by what we use of it and looked up when a Nest application asks, so nobody else has to install it.
 *
 * @module
 */
import { createRequire } from 'node:module'
import type { Auth, User } from './app/auth.ts'
import type { Feature } from './app/host-feature.ts'
import type { Active, Demands as Asked } from './kernel/contract/access.ts'
import { readDemands } from './kernel/http/demands.ts'
import { createGuards, valuesOf } from './kernel/http/guard.ts'
import type { RequestLike } from './kernel/http/headers.ts'
import { type NodeListener, toNodeListener } from './kernel/http/node.ts'

/** Nest's view of one call. */
interface ExecutionContext {
  getType(): string
  getClass(): object
  getHandler(): object
  switchToHttp(): { getRequest(): RequestLike; getResponse(): { header(name: string, value: string): unknown } }
}
interface CanActivate {
  canActivate(context: ExecutionContext): Promise<boolean>
}
interface AdapterHost {
  readonly httpAdapter?: { use(middleware: NodeListener): unknown }
}
interface NestCommon {
  readonly HttpException: new (answer: object, status: number) => Error
  Inject(token: unknown): (target: object, key: undefined, index: number) => void
  UseGuards(guard: object): (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => void
  createParamDecorator(find: (data: unknown, context: ExecutionContext) => unknown): () => ParameterDecorator
}
interface Metadata {
  getMetadata(key: symbol, target: object): readonly Asked[] | undefined
  defineMetadata(key: symbol, value: readonly Asked[], target: object): void
}
type DynamicModule = { module: typeof KeywrightModule; global: true; providers: never[]; exports: never[] }

const load = createRequire(import.meta.url)
const common = () => load('@nestjs/common') as NestCommon
const metadata = () => Reflect as unknown as Metadata
const demandsKey = Symbol.for('keywright:demands')
const callers = new WeakMap<object, Active<object, User>>()

/** By this token the object of `createAuth` is injected: `@Inject(KEYWRIGHT) auth: Auth`. */
export const KEYWRIGHT = Symbol.for('keywright:auth')

/**
 * The three words for NestJS 11: `routes` for `app.use`, `guard` for `@UseGuards`. {@link KeywrightModule} does the same by injection.
 *
 * @throws BootError from `guard` for demands that cannot be meant
 * @example
 * ```ts
 * const { routes, guard, current } = toNest(auth)
 * app.use(routes)
 * const admins = guard({ role: 'admin' }) // @UseGuards(admins)
 * ```
 */
export function toNest<C extends object, F extends readonly Feature[]>(
  auth: Auth<C, F>,
): { routes: NodeListener; guard(demands?: Asked): CanActivate; current(request: object): Active<C, User> } {
  const { check, current } = createGuards<Active<C, User>>(auth)
  return {
    routes: toNodeListener(auth),
    guard(demands) {
      const admit = check(demands)
      return {
        async canActivate(context) {
          if (context.getType() !== 'http') throw new Error('this guard can only look at HTTP requests')
          const http = context.switchToHttp()
          const request = http.getRequest()
          const refusal = await admit(request)
          if (refusal) throw await exceptionOf(refusal, http.getResponse())
          callers.set(request, current(request))
          return true
        },
      }
    },
    current,
  }
}

/** The refusal as Nest's own exception, so that filters see what they know; its headers are set at once. */
async function exceptionOf(refusal: Response, response: { header(name: string, value: string): unknown }): Promise<Error> {
  const { status, headers, bytes } = await valuesOf(refusal)
  for (const [name, value] of Object.entries(headers)) if (name !== 'content-length') response.header(name, value)
  return new (common().HttpException)(JSON.parse(bytes.toString()), status)
}

/**
 * Lets a session through that holds to every `@Demands()` of the handler and its class.
 *
 * @example
 * ```ts
 * const admit = KeywrightGuard // @UseGuards(KeywrightGuard)
 * ```
 */
export class KeywrightGuard {
  readonly #guards: ((demands?: Asked) => CanActivate) | undefined

  constructor(auth?: Auth) {
    this.#guards = auth && toNest(auth).guard
  }

  /** @throws HttpException with the problem document of the refusal */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.#guards) throw new Error('KeywrightModule.forRoot(auth) is not among the imports')
    const asked = [context.getClass(), context.getHandler()].flatMap((on) => metadata().getMetadata(demandsKey, on) ?? [])
    for (const demands of asked.length > 0 ? asked : [undefined]) await this.#guards(demands).canActivate(context)
    return true
  }
}

/**
 * Mounts the routes and hands `auth` to the guards of the whole application.
 *
 * @example
 * ```ts
 * const imports = [KeywrightModule.forRoot(auth)] // of @Module({ imports })
 * ```
 */
export class KeywrightModule {
  readonly #mount: () => void

  constructor(auth: Auth, host: AdapterHost) {
    this.#mount = () => void host.httpAdapter?.use(toNest(auth).routes)
  }

  /** Nest calls this before it adds the routes of controllers, so a wildcard of theirs does not hide ours. */
  configure(): void {
    this.#mount()
  }

  /** The module over an `auth` that is there. */
  static forRoot<C extends object, F extends readonly Feature[]>(auth: Auth<C, F>): DynamicModule {
    return moduleOf({ useValue: auth })
  }

  /** The module over an `auth` that a factory makes, of what `inject` names. */
  static forRootAsync(from: { inject?: readonly unknown[]; useFactory(...injected: never[]): unknown }): DynamicModule {
    return moduleOf({ ...from })
  }
}

let isPrepared = false

function moduleOf(provider: object): DynamicModule {
  if (!isPrepared) {
    const { Inject } = common()
    const { HttpAdapterHost } = load('@nestjs/core') as { HttpAdapterHost: unknown }
    Inject(KEYWRIGHT)(KeywrightGuard, undefined, 0)
    Inject(KEYWRIGHT)(KeywrightModule, undefined, 0)
    Inject(HttpAdapterHost)(KeywrightModule, undefined, 1)
    isPrepared = true
  }
  const providers = [{ provide: KEYWRIGHT, ...provider }] as never[]
  return { module: KeywrightModule, global: true, providers, exports: [KEYWRIGHT] as never[] }
}

/**
 * Guards a handler, or every handler of a controller, and asks for more than a session. It brings {@link KeywrightGuard} with it.
 *
 * @throws BootError for demands that cannot be meant
 * @example
 * ```ts
 * const refunds = () => Demands({ role: 'admin', within: '5m' }) // above a handler: @Demands({ role: 'admin', within: '5m' })
 * ```
 */
export function Demands(demands: Asked): MethodDecorator & ClassDecorator {
  const asked = readDemands(demands, 'Demands')
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const on: object = descriptor?.value ?? target
    metadata().defineMetadata(demandsKey, [...(metadata().getMetadata(demandsKey, on) ?? []), asked], on)
    common().UseGuards(KeywrightGuard)(target, key, descriptor)
  }
}

/**
 * Who got in, as an argument of a handler. Where no guard ran it throws, because that is a bug.
 *
 * @example
 * ```ts
 * const caller = () => CurrentUser() // before an argument: @CurrentUser() caller: Active
 * ```
 */
export function CurrentUser(): ParameterDecorator {
  return common().createParamDecorator((_data, context) => {
    const caller = callers.get(context.switchToHttp().getRequest())
    if (!caller) throw new Error('@CurrentUser() was used where no guard ran')
    return caller
  })()
}
