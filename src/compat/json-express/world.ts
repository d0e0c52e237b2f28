import type { z } from 'zod'
import type { PasswordHasher } from '../../features/password/index.ts'
import type { Auth, AuthOptions } from '../../index.ts'
import type { Verifier, VerifierOptions } from '../../verify.ts'

/** What this face says of its tokens and links, and no option of `createAuth` does. */
export interface Terms {
  readonly tokens: {
    readonly secret: string
    readonly issuer: string
    readonly audience: string | readonly [string, ...string[]]
  }
  readonly linkTtls: { readonly resetPassword: number; readonly verifyEmail: number }
}

/** Everything the face takes from outside. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>
  now(): Date
  createAuth(options: AuthOptions, terms: Terms): Auth
  createVerifier(options: VerifierOptions): Verifier
  readonly hasher: PasswordHasher
  randomToken(bytes: number): string
  /** @throws BootError that names the option */
  parse<S extends z.ZodType>(schema: S, input: unknown, name?: string): z.output<S>
  /** The one spelling of an identifier. */
  spell(identifier: string): string
}
