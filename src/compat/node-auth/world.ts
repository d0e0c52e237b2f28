import type { ServerResponse } from 'node:http'
import type { z } from 'zod'
import type { Middleware } from '../../express.ts'
import type { Auth, AuthOptions } from '../../index.ts'

/** A request as Express hands it to a middleware. */
export type HostRequest = Parameters<Middleware>[0]

/** What answers requests on Node. */
export type Core = Pick<Auth, 'handle' | 'owns' | 'refuse'>

/** Everything the face takes from outside. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>
  now(): Date
  createAuth(options: AuthOptions): Auth
  /** Carries a request of Node to what answers it. `host` says what the framework knows better than Node's object. */
  bridge(core: Core): (req: HostRequest, res: ServerResponse, host: HostView) => boolean
  /** Reads a bounded body. @throws payload_too_large | unsupported_media_type | validation_failed */
  readJson(request: Request): Promise<unknown>
  /** @throws BootError that names the option */
  parse<S extends z.ZodType>(schema: S, input: unknown, name?: string): z.output<S>
  /** A secret that nobody was told. */
  randomSecret(): string
  /** Compares without telling by time where two texts differ. */
  equal(a: string, b: string): boolean
  /** The one spelling of an identifier. */
  spell(identifier: string): string
  warn(message: string): void
}

type HostView = Pick<HostRequest, 'originalUrl' | 'body' | 'rawBody'>
