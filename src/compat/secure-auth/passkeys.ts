/** How much a passkey has to know about who holds it (WebAuthn L3 §5.8.6). */
export type UserVerification = 'preferred' | 'required' | 'discouraged'

/** Keeps the challenge of a ceremony for a user. */
export type StoreChallenge = (userId: string, challenge: string) => unknown

/** Answers the challenge that was kept for a user. */
export type GetStoredChallenge = (userId: string) => Promise<string | null | undefined>

/** Answers the credential of a user. */
export type GetCredential = (userId: string) => Promise<unknown>
