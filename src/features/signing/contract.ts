import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { instant, text } from '../../kernel/contract/schema.ts'

export const E = defineErrors({
  last_signing_key: { status: 409, title: 'No other key could sign', help: 'Rotate first, then retire.' },
  signing_keys_given: {
    status: 409,
    title: 'The signing keys are given by the application',
    help: 'Put the new key first in `signing.keys` and keep the old one behind it until its tokens have expired.',
  },
})

/** Signature algorithms of access tokens (RFC 7518, RFC 8037). */
export const SigningAlgorithm = z.enum(['EdDSA', 'ES256', 'RS256'])
export type SigningAlgorithm = z.infer<typeof SigningAlgorithm>

/** The public half of a signing key (RFC 7517). */
const PublicKey = z.object({
  kty: z.string(),
  kid: z.string(),
  alg: SigningAlgorithm,
  use: z.literal('sig'),
  crv: z.string().optional(),
  x: z.string().optional(),
  y: z.string().optional(),
  n: z.string().optional(),
  e: z.string().optional(),
})

/** A signing key as operators see it. */
export const SigningKeyView = z.object({
  kid: z.string(),
  alg: SigningAlgorithm,
  /** `next` will sign, `signing` does, `verifying` did and is still accepted, `expired` is not. */
  state: z.enum(['next', 'signing', 'verifying', 'expired']),
  /** Whether the application gave it (`signing.keys`): it is changed there, and neither rotated nor retired here. */
  isGiven: z.boolean(),
  /** Whether it is in the JWK set now. */
  isPublished: z.boolean(),
  createdAt: instant(),
  activeAt: instant(),
  retiredAt: instant().nullable(),
  expiresAt: instant().nullable(),
})

/** {@link SigningKeyView} in services: instants are `Date`. */
export type SigningKeyView = z.input<typeof SigningKeyView>

const keyData = z.object({ kid: z.string(), alg: SigningAlgorithm })

export const signingEvents = {
  'identity.key.rotated': event({ summary: 'A new key signs access tokens', data: keyData, audit: true }),
  'identity.key.retired': event({ summary: 'A key no longer signs access tokens', data: keyData, audit: true }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof signingEvents> {}
}

export const signingContract = contract(
  'signing',
  {
    jwks: endpoint({
      method: 'GET',
      path: '/.well-known/jwks.json',
      access: 'public',
      root: true,
      summary: 'The public keys of access tokens',
      description: 'A JWK set (RFC 7517). A retired key stays in it until the last token it signed has expired.',
      returns: z.object({ keys: z.array(PublicKey) }),
    }),
  },
  signingEvents,
)

export const signingAdminContract = contract('keys', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/keys',
    access: { operator: 'inspect' },
    summary: 'The signing keys, newest first',
    returns: z.object({ keys: z.array(SigningKeyView), nextCursor: z.string().nullable() }),
  }),
  rotate: endpoint({
    method: 'POST',
    path: '/admin/api/keys/rotate',
    access: { operator: 'manage' },
    summary: 'Make a new key; it signs as soon as every node knows it',
    returns: SigningKeyView,
    errors: [E.signing_keys_given],
  }),
  retire: endpoint({
    method: 'POST',
    path: '/admin/api/keys/:kid/retire',
    access: { operator: 'manage' },
    summary: 'Stop signing with a key; what it signed is accepted until it expires',
    params: z.object({ kid: text(128) }),
    returns: SigningKeyView,
    errors: [kernelErrors.not_found, E.last_signing_key, E.signing_keys_given],
  }),
})
