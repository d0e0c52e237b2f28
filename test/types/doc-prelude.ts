/**
 * What the examples in doc comments and in the guide leave open. An example that reads one of these names gets it from here.
 *
 * @module
 */
import type { Express } from 'express'
import type { FastifyInstance } from 'fastify'
import type { Hono } from 'hono'
import type Koa from 'koa'
import { z } from 'zod'
import type { Auth, AuthOptions } from '../../src/index.ts'
import { contract, endpoint } from '../../src/index.ts'

export { createServer } from 'node:http'
export { z }

export const Invoice = z.strictObject({ id: z.string() })
export const invoicesContract = contract('invoices', {
  list: endpoint({ method: 'GET', path: '/invoices', access: 'session', summary: 'My invoices', returns: z.array(Invoice) }),
})
export declare const auth: Auth
export declare const app: Express
export declare const web: Hono
export declare const fast: FastifyInstance
export declare const koa: Koa
export declare const env: { readonly SECRET: string; readonly DATABASE_URL: string }
export declare const error: unknown
export declare const options: AuthOptions
export declare const request: Request
export declare function redirectToLogin(): void
export declare function wait(seconds: number | undefined): Promise<void>
export declare function isDisposable(email: string | null): boolean
