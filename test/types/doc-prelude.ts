/**
 * What the examples in doc comments and in the guide leave open. An example that reads one of these names gets it from here.
 *
 * @module
 */
import { z } from 'zod'

export * from '../../src/contract.ts'
export { z }

export const Invoice = z.strictObject({ id: z.string() })
export declare const env: Readonly<Record<string, string>>
export declare const error: unknown
export declare const request: Request
export declare function redirectToLogin(): void
export declare function wait(seconds: number | undefined): Promise<void>
