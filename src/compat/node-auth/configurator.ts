/**
 * `AuthConfigurator` as node-auth documents it: a router for Express and a middleware, over stores of the application.
 *
 * Invariant: one house for one configurator. Its router and its middleware know the same sessions, whichever of them was asked for first.
 *
 * @module
 */
import { toExpress } from '../../express.ts'
import { type Auth, BootError } from '../../index.ts'
import type { ISessionStore } from '../../stores.ts'
import { type AdminOptions, type AdminSettings, admits, createAdminCore, isOfPanel, readAdminOptions } from './admin.ts'
import { type AccessTokenPayload, claimsOf } from './claims.ts'
import { type AuthConfig, readConfig, type Settings } from './config.ts'
import { type CsrfCookie, csrfCookie } from './cookies.ts'
import { buildHouse, prefixIn, routesThere, spanAt } from './house.ts'
import { assertVerifiable } from './mailing.ts'
import { claim } from './owner.ts'
import { asking, refusalAnswer, unproved } from './refusals.ts'
import { createRouterCore } from './router.ts'
import { type RouterOptions, readRouterOptions } from './router-options.ts'
import { findRoute, routesOf } from './routes.ts'
import { assertSessionStore } from './session-store.ts'
import { assertUserStore, type IUserStore, unprovedAddressOf } from './user-store.ts'
import type { HostRequest, World } from './world.ts'

/** An Express middleware, typed by what it does. */
export type AuthRequestHandler = ReturnType<typeof toExpress>['routes']

/** A request that has passed the middleware. */
export type AuthRequest = HostRequest & { user?: AccessTokenPayload }

/** The configurator on a given world; the public class is this one on the real one. */
export class NodeAuth {
  readonly #world: World
  readonly #config: AuthConfig
  readonly #settings: Settings
  readonly #users: IUserStore
  readonly #cookie: CsrfCookie
  readonly #release: () => void
  /** What the house takes for the secret of scripts: nobody was told it. */
  readonly #houseSecret: string
  #admin: AdminSettings | undefined
  #options: RouterOptions = {}
  #house: Auth | undefined
  #isRouted = false

  constructor(config: AuthConfig, userStore: IUserStore, world: World) {
    assertUserStore(userStore)
    this.#world = world
    this.#config = config
    this.#settings = readConfig(config, world)
    assertVerifiable(this.#settings.verification, { mailing: this.#settings.mailing, users: userStore })
    this.#users = userStore
    this.#houseSecret = world.randomSecret()
    this.#cookie = csrfCookie(this.#settings.baseUrl)
    this.#release = claim({ configuration: config, storage: this.#settings.keywright.storage }, userStore)
  }

  /** Ours underneath: its events, and what trusted code can do. `close()` lets go of everything. */
  get keywright(): Auth {
    this.#house ??= this.#build()
    return this.#house
  }

  #build(): Auth {
    const [config, settings, users, options, world] = [this.#config, this.#settings, this.#users, this.#options, this.#world]
    const admitted = async (userId: string) => {
      const admin = this.#admin
      return admin !== undefined && asking(() => admits(admin, users, userId))
    }
    const panel = { secret: this.#houseSecret, admits: admitted }
    const house = buildHouse({ config, settings, users, options, world, panel })
    const close = async () => {
      await house.close()
      this.#release()
    }
    return { ...house, close }
  }

  /** Whether this one keeps its users there. */
  isOver(userStore: IUserStore): boolean {
    return this.#users === userStore
  }

  /**
   * The routes, to be mounted anywhere: `app.use('/auth', auth.router({ sessionStore }))`. Paths that are none of them are passed on.
   *
   * @throws BootError for options that cannot be used
   */
  router(options: RouterOptions = {}): AuthRequestHandler {
    this.#adopt(readRouterOptions(options, this.#world))
    this.#isRouted = true
    const [settings, users] = [this.#settings, this.#users]
    const has = routesThere({ config: this.#config, settings, users, options: this.#options })
    const rows = routesOf({ ...has, register: options.onRegister !== undefined })
    const bridge = this.#world.bridge(
      createRouterCore({
        auth: this.keywright,
        rows,
        cookie: this.#cookie,
        prefix: prefixIn({ settings, options: this.#options }),
        unproved: unproved[settings.verification],
        unprovedAddressOf: (userId) => asking(() => unprovedAddressOf(users, userId)),
        asksForToken: settings.csrf === 'token',
        world: this.#world,
      }),
    )
    const limiter = options.rateLimiter as AuthRequestHandler | undefined
    return (req, res, next) => {
      const url = req.url ?? '/'
      if (!findRoute(rows, req.method ?? 'GET', url.split('?', 1)[0] ?? '/')) return next()
      const answer = () => void bridge(req, res, { originalUrl: url, body: req.body, rawBody: req.rawBody })
      if (!limiter) return answer()
      limiter(req, res, (error?: unknown) => (error ? next(error) : answer()))
    }
  }

  /**
   * The panel, to be mounted at `/admin`.
   *
   * @throws BootError for options that cannot be used, or that would let everybody in
   */
  adminRouter(options: AdminOptions): AuthRequestHandler {
    const admin = readAdminOptions(options, this.#users, this.#world)
    if (this.#admin) throw new BootError('there is a panel already', 'Mount the one router that createAdminRouter answered.')
    if (admin.sessionStore !== undefined) this.#adopt({ ...this.#options, sessionStore: admin.sessionStore })
    this.#admin = admin
    let bridge: ReturnType<World['bridge']> | undefined
    return (req, res, next) => {
      const path = req.originalUrl ?? req.url ?? '/'
      if (!isOfPanel(path.split('?', 1)[0] ?? '/')) return next()
      const [auth, world] = [this.keywright, this.#world]
      bridge ??= world.bridge(createAdminCore({ auth, secret: admin.secret, houseSecret: this.#houseSecret, world }))
      bridge(req, res, { originalUrl: path, body: req.body, rawBody: req.rawBody })
    }
  }

  /** Lets callers in and sets `req.user`; refuses the others with `{ error, code }`. */
  middleware({ sessionStore }: { sessionStore?: ISessionStore | undefined } = {}): AuthRequestHandler {
    if (sessionStore !== undefined) {
      assertSessionStore(sessionStore)
      this.#adopt({ ...this.#options, sessionStore })
    }
    let guard: AuthRequestHandler | undefined
    return (req, res, next) => {
      guard ??= this.#guard()
      guard(req, res, next)
    }
  }

  #guard(): AuthRequestHandler {
    const auth = this.keywright
    const { guard, current } = toExpress({
      ...auth,
      require: (request, demands) => auth.require(this.#seen(request as HostRequest), demands),
      refuse: (request, thrown) => refusalAnswer(auth.refuse(request, thrown), thrown),
    })
    const admit = guard()
    return (req: AuthRequest, res, next) =>
      admit(req, res, (error?: unknown) => {
        if (error) return next(error)
        const active = current(req)
        const token = active.via === 'bearer' ? req.headers.authorization?.trim().split(/\s+/)[1] : undefined
        req.user = claimsOf(active, token, spanAt(this.#world.now(), this.#settings.accessMs))
        next()
      })
  }

  /** A request with its cookies as we read them; the host's own is never written to. */
  #seen({ headers, method, url, socket }: HostRequest) {
    const { cookie } = headers
    return { headers: cookie === undefined ? headers : { ...headers, cookie: this.#cookie.toOurs(cookie) }, method, url, socket }
  }

  /** Takes what a router or a middleware was told. Once the house stands, only what it was built with is taken. */
  #adopt(options: RouterOptions): void {
    const sessionStore = options.sessionStore ?? this.#options.sessionStore
    const next = { ...this.#options, ...options, sessionStore }
    const settled = ['sessionStore', 'onRegister', 'cors', ...(this.#settings.mailing ? (['apiPrefix'] as const) : [])] as const
    const changed = this.#house && settled.find((name) => next[name] !== this.#options[name])
    if (changed !== undefined)
      throw new BootError(
        `${changed} came after ${this.#isRouted ? 'the router was made' : 'auth.keywright was used, or a request came'}`,
        `Pass ${changed} to the first router(), before anything else is used.`,
      )
    this.#options = next
  }
}
