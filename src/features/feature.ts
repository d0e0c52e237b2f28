/**
 * How a feature is declared. `app/` reads the declaration and does the wiring; a feature never wires itself.
 *
 * @module
 */
import type { z } from 'zod'
import type { Ambient } from '../kernel/ambient/ambient.ts'
import type { Active, Operator, OperatorRight, Presented } from '../kernel/contract/access.ts'
import type { Handlers } from '../kernel/contract/call.ts'
import type { Contract } from '../kernel/contract/endpoint.ts'
import type { ErrorDef } from '../kernel/contract/errors.ts'
import type { AuthEvent, EventDef, EventName } from '../kernel/contract/event.ts'
import type { KeyRing } from '../kernel/crypto/key-ring.ts'
import type { Ctx, Tx } from '../kernel/ctx.ts'
import type { LimitStore } from '../kernel/http/limits.ts'
import type { Database, EventSink, Migration, TableDefs } from '../storage/types.ts'
import type { IQueueAdapter } from './jobs/queue.ts'
import type { FindingCode } from './system/contract.ts'
import type { User } from './users/contract.ts'
import type { UserRecord } from './users/store.ts'

/** What features may hand downward; the feature that collects a capability declares it here, beside its type. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging, one line per collecting feature
export interface Gives {}

/** Stores of the application in place of ours; the feature that has a store declares its port here. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging, one line per feature with a port
export interface Stores {}

/**
 * What stands between a proved user and a session: refused as if nothing had been proved, refused with the reason (only whoever proved who they
 * are hears it), a step that is still owed, or an address that is still to be proved.
 */
export type Obstacle = 'refused' | { readonly told: ErrorDef } | { readonly requirement: string } | 'verification_required'

/** What somebody who is logged in may show to prove once more who they are. */
export interface Shown {
  readonly currentPassword?: string | undefined
}

/** How the owner of an account begins anew. */
export interface Regain {
  /** Makes useless what others may know by now; once more when what should have followed did not. Outside of any transaction. */
  disown?(ctx: Ctx, userId: string): Promise<void>
  /** Undoes what whoever was in it has begun with the account; before the owner is sent anything. */
  undo?(tx: Tx, userId: string): Promise<void>
  /** Owes the owner a mail to choose something new with. */
  invite?(tx: Tx, address: string): Promise<void>
}

/** Somebody whose data is shown or erased. */
export interface Owner {
  readonly userId: string
  /** The names they log in by: rows may have these and no id. */
  readonly identifiers: readonly string[]
}

/** What a feature keeps of a person: it alone knows where. */
export interface UserData {
  /** The word its part of an export stands under. */
  readonly name: string
  /** Everything a person may see of it, never a secret; absent where there is nothing anybody could read. */
  export?(ctx: Ctx, owner: Owner): Promise<object>
  /** Removes it from a store of the application: before the transaction, and again after a crash. */
  eraseElsewhere?(ctx: Ctx, owner: Owner): Promise<void>
  /** Removes it from our tables, of every tenant; in what has to stay it leaves no more than the id. */
  erase(tx: Tx, owner: Owner): Promise<void>
}

/** Work that each process does by the clock, collected and run by `app/`. Work that must not be lost is a job (`jobs/`). */
export interface Routine {
  readonly name: string
  readonly everyMs: number
  run(): Promise<void>
}

/** A harmless read of a store of the application. */
export interface Checkup {
  /** The store's key among the options. */
  readonly store: string
  /** What it was given, to see which methods are there. */
  readonly port: object
  readonly required: readonly string[]
  /** What there is not without a method, by the method. */
  readonly optional: Readonly<Record<string, string>>
  /** Asks for somebody who does not exist, and minds every answer but "nobody". */
  look(ctx: Ctx, nobody: string): Promise<void>
}

/** How a part of the house does. */
export interface Finding {
  /** `advice`: somebody should look; `fault`: something does not happen that should. */
  readonly level: 'ok' | 'advice' | 'fault'
  readonly code: FindingCode
  /** For logs and scripts; people read what the code says in their language. */
  readonly detail: string
  readonly figures: Readonly<Record<string, number | string | null>>
}

/** One look for operators at how a part of the house does. */
export interface Health {
  readonly name: string
  /** Reads our own database at most: nothing outside is waited for. */
  look(ctx: Ctx): Promise<Finding>
}

declare module './feature.ts' {
  interface Gives {
    /** For `doctor`: how the stores of the application do. */
    checkup: Checkup
    health: Health
    routines: readonly Routine[]
    /** Called once nothing is under way any more: lets go of connections. */
    closing: () => Promise<void>
    /**
     * Makes sure that whoever is logged in is still who they were, before something that cannot be taken back: they proved a factor within ten
     * minutes, or show one now.
     *
     * @throws step_up_required | invalid_credentials | rate_limited
     */
    reauthenticate: (ctx: Ctx, auth: Active, shown: Shown) => Promise<void>
    /** For an account that was in other hands and is given back to its owner. */
    regain: Regain
    userData: UserData
    /** Whether whoever a piece of work is done for may still do that, asked again where it lasts longer than the request that began it. */
    mayStill: (ctx: Ctx, right: OperatorRight) => Promise<boolean>
    /**
     * Asked before a session starts, at each refresh, and once a minute while a browser uses one, with the user as they were read for it: a store of
     * the application cannot be asked inside.
     */
    gate: (ctx: Ctx, userId: string, user: UserRecord) => Promise<Obstacle | undefined>
    /** Called in the order of the feature list: inside the transaction, then after its commit. */
    eventSink: EventSink
  }
}

/** Code of the application that is asked at fixed points; it refuses with `deny()`. */
export interface Hooks {
  readonly beforeRegister?: (of: { email: string | null }) => void | Promise<void>
  /** Asked once somebody has proved who they are. */
  readonly beforeLogin?: (of: { user: User }) => void | Promise<void>
  /** Asked before anybody's account goes, whoever wants it gone. */
  readonly beforeDelete?: (of: { user: User }) => void | Promise<void>
  readonly inTransaction?: { readonly [N in EventName]?: (event: AuthEvent<N>, tx: Tx) => Promise<void> }
}

/** Where a mail leads with its token. */
export type MailLink = 'resetPassword' | 'verifyEmail' | 'changeEmail' | 'revertEmail' | 'restoreAccount'

/** Facts about the whole that several features read. */
export interface House {
  readonly hooks: Hooks
  readonly stores: Partial<Stores>
  readonly baseUrl: string
  /** What our paths begin with, below the path of the base URL. */
  readonly basePath: string
  /** Pages of the application that mails lead to, in place of ours. */
  readonly links: Partial<Record<MailLink | 'forgotPassword', string | undefined>>
  /** Access tokens as the clients of another system read them; only its face says so. */
  readonly tokens: SharedTokens | undefined
  /** How long the link of a mail lives, where a face says it. */
  readonly linkTtls: LinkTtls
  /** Our features by name, whether they are on. */
  readonly features: Readonly<Record<string, boolean>>
  /** Whether this process works on jobs. */
  readonly runsJobs: boolean
  /** The application's queue between its processes. */
  readonly queue: IQueueAdapter | undefined
  /** Whether nobody but its developers uses this house, as somebody has said: unsaid, it serves people. */
  readonly isTrial: boolean
  /** How many slow hashes run at once, and what they cost; absent parameters are the default ones. */
  readonly hashing: {
    readonly slots: number
    readonly parameters?: { readonly memoryCost: number; readonly timeCost: number; readonly parallelism: number }
  }
}

/** Access tokens under a secret that others verify with, and what they say of whom they are from and for. */
export interface SharedTokens {
  readonly secret: string
  readonly issuer: string
  /** All are named; we are the first. */
  readonly audience: string | readonly [string, ...string[]]
}

/** Lives of the links in mails, in milliseconds; absent ones are the default ones. */
export interface LinkTtls {
  readonly resetPassword?: number | undefined
  readonly verifyEmail?: number | undefined
}

/** What `create` gets. `collect` answers what other features give; call it when it is needed, not while creating. */
export interface Deps<N extends Needs, O, W extends Needs = Needs> {
  readonly needs: { readonly [K in keyof N]: ServiceOf<N[K]> }
  readonly wants: { readonly [K in keyof W]: ServiceOf<W[K]> | undefined }
  readonly options: O
  readonly database: Database
  readonly ambient: Ambient
  readonly keys: KeyRing
  /** Counts what has no request of its own to be counted by; absent where limits are off. */
  readonly limits: LimitStore | undefined
  readonly house: House
  /** Every declared event by name. */
  catalogue(): Readonly<Record<string, EventDef>>
  /** Runs work after the answer has left; `auth.close()` waits for it. Nothing repeats it: `onFailure` tells operators what that means. */
  later(work: () => Promise<void>, onFailure: string): void
  /** Aborted when the process lets go of everything: what goes on by itself ends here. */
  readonly stopping: AbortSignal
  collect<K extends keyof Gives>(capability: K): readonly Gives[K][]
}

/** A feature as its folder declares it. */
export interface FeatureDef<
  N extends string = string,
  D extends Needs = Needs,
  O extends z.ZodType = z.ZodType,
  C extends Contract = Contract,
  A extends Contract = Contract,
  S = unknown,
  W extends Needs = Needs,
> {
  readonly name: N
  /** The only features it may import. */
  readonly needs: D
  /** Features it uses where they are on. */
  readonly wants?: W
  readonly options: O
  readonly contract: C
  /** Whether it is the application's own. */
  readonly isHosts?: true
  /** The operator's endpoints: called through `auth.asSystem()`, mounted over HTTP with the panel. */
  readonly adminContract?: A
  readonly tables?: TableDefs
  readonly migrations?: readonly Migration[]
  create(deps: Deps<D, z.output<O>, W>): S
  handlers(service: S): Handlers<C>
  /** Endpoints that are not mounted here, such as one that a store of the application cannot do. */
  omits?(service: S): readonly (keyof C['endpoints'] & string)[]
  adminHandlers?(service: S): AdminHandlers<A>
  gives?(service: S): Partial<Gives>
}

/** Handlers of an admin contract: the caller is trusted or has been checked, and who it is stands in the ctx. Trusted code shows nothing. */
export type AdminHandlers<C extends Contract> = {
  readonly [K in keyof C['endpoints']]: (
    call: Pick<Parameters<Handlers<C>[K]>[0], 'input'> & {
      readonly ctx: Ctx
      readonly auth?: Operator
      readonly presented?: Presented
    },
  ) => ReturnType<Handlers<C>[K]>
}

// biome-ignore lint/suspicious/noExplicitAny: a bound that any declared feature satisfies; the arguments are inferred where it is used
export type AnyFeature = FeatureDef<string, any, any, any, any, any, any>

/** Features by the name their service goes by in `deps.needs`. */
export type Needs = Readonly<Record<string, AnyFeature>>

/** The service a feature's `create` answers. */
export type ServiceOf<F> = F extends { create(deps: never): infer S } ? S : never

/** Declares a feature of ours. */
export function declareFeature<
  const N extends string,
  const D extends Needs,
  O extends z.ZodType,
  const C extends Contract,
  S,
  const A extends Contract = Contract<'none', Record<never, never>>,
  const W extends Needs = Record<never, never>,
>(def: FeatureDef<N, D, O, C, A, S, W>): FeatureDef<N, D, O, C, A, S, W> {
  return def
}
