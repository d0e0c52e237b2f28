/**
 * Keywright in NestJS: a module that mounts the routes, a guard, `@Demands()` and `@CurrentUser()`.
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
import { createGuards, type Guards, valuesOf } from './kernel/http/guard.ts'
import type { RequestLike } from './kernel/http/headers.ts'
import { type NodeListener, toNodeListener } from './kernel/http/node.ts'

/** Nest's view of one call, and the reply of either platform, Express or Fastify. */
interface HttpHost {
  switchToHttp(): { getRequest(): RequestLike; getResponse(): Reply }
}
interface ExecutionContext extends HttpHost {
  getType(): string
  getClass(): object
  getHandler(): object
}
interface Reply {
  status(code: number): unknown
  header(name: string, value: string): unknown
  send(body: Buffer): unknown
}
interface AdapterHost {
  readonly httpAdapter?: { use(middleware: NodeListener): unknown }
}
interface NestCommon {
  readonly HttpException: new (answer: object, status: number) => Error
  Catch(exception: object): (filter: object) => void
  Inject(token: unknown): (target: object, key: undefined, index: number) => void
  UseGuards(guard: object): (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => void
  createParamDecorator(find: (data: unknown, context: HttpHost) => unknown): () => ParameterDecorator
}
interface NestCore {
  readonly APP_FILTER: string
  readonly HttpAdapterHost: object
}
interface Metadata {
  getMetadata(key: symbol, target: object): readonly Asked[] | undefined
  defineMetadata(key: symbol, value: readonly Asked[], target: object): void
}
type Caller = Active<object, User>
/** Nest's `DynamicModule`. */
type DynamicModule = { module: typeof KeywrightModule; global: true; providers: never[]; exports: never[] }

const load = createRequire(import.meta.url)
const common = () => load('@nestjs/common') as NestCommon
const core = () => load('@nestjs/core') as NestCore
// reflect-metadata, which every Nest application loads, adds these two to the global `Reflect`; its types are the application's, not ours.
const metadata = () => Reflect as unknown as Metadata
const demandsKey = Symbol.for('keywright:demands')
const callers = new WeakMap<object, Caller>()

/** By this token the object of `createAuth` is injected: `@Inject(KEYWRIGHT) auth: Auth`. */
export const KEYWRIGHT = Symbol.for('keywright:auth')

/**
 * Lets a session through that holds to every `@Demands()` of the handler and its class.
 *
 * @example
 * ```ts
 * const guards = [KeywrightGuard] // @UseGuards(KeywrightGuard)
 * ```
 */
export class KeywrightGuard {
  readonly #guards: Guards<Caller> | undefined

  constructor(auth?: Auth) {
    this.#guards = auth && createGuards<Caller>(auth)
  }

  /** @throws HttpException that carries the problem document of the refusal */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.#guards) throw new Error('KeywrightModule.forRoot(auth) is not among the imports')
    if (context.getType() !== 'http') throw new Error('KeywrightGuard can only look at HTTP requests')
    const request = context.switchToHttp().getRequest()
    const asked = [context.getClass(), context.getHandler()].flatMap((on) => metadata().getMetadata(demandsKey, on) ?? [])
    for (const demands of asked.length > 0 ? asked : [undefined]) {
      const refusal = await this.#guards.check(demands)(request)
      if (refusal) throw new (inNest().Refusal)(await valuesOf(refusal))
    }
    callers.set(request, this.#guards.current(request))
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
    this.#mount = () => void host.httpAdapter?.use(toNodeListener(auth))
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
  static forRootAsync(from: { inject?: unknown[]; useFactory(...injected: never[]): unknown }): DynamicModule {
    return moduleOf({ ...from })
  }
}

function moduleOf(auth: object): DynamicModule {
  const filter = { provide: core().APP_FILTER, useClass: inNest().RefusalFilter }
  const providers = [{ provide: KEYWRIGHT, ...auth }, filter] as never[]
  return { module: KeywrightModule, global: true, providers, exports: [KEYWRIGHT] as never[] }
}

type Refused = Awaited<ReturnType<typeof valuesOf>>
let built: ReturnType<typeof build> | undefined

/** What is made of Nest's own values, once. */
function inNest() {
  built ??= build()
  return built
}

function build() {
  const { Catch, HttpException, Inject } = common()
  /** An exception of Nest's own kind, so that filters of the application know what it is. */
  class Refusal extends HttpException {
    readonly refused: Refused

    constructor(refused: Refused) {
      super(JSON.parse(refused.bytes.toString()), refused.status)
      this.refused = refused
    }
  }
  /** Nest's own filter would call a problem document plain JSON and leave out the headers. */
  class RefusalFilter {
    catch({ refused: { status, headers, bytes } }: Refusal, host: HttpHost): void {
      const reply = host.switchToHttp().getResponse()
      reply.status(status)
      for (const [name, value] of Object.entries(headers)) reply.header(name, value)
      reply.send(bytes)
    }
  }
  Catch(Refusal)(RefusalFilter)
  Inject(KEYWRIGHT)(KeywrightGuard, undefined, 0)
  Inject(KEYWRIGHT)(KeywrightModule, undefined, 0)
  Inject(core().HttpAdapterHost)(KeywrightModule, undefined, 1)
  return { Refusal, RefusalFilter }
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
