/**
 * What node-auth documents of its panel, as it stands there. What it leaves open is bound by the test.
 *
 * @module
 */
import type { Express } from 'express'
import { createAdminRouter, type ISessionStore, type IUserStore } from 'keywright/node-auth'

export function mountAdmin(app: Express, userStore: IUserStore, sessionStore: ISessionStore): void {
  app.use(
    '/admin',
    createAdminRouter(userStore, {
      // biome-ignore lint/style/noNonNullAssertion: it stands there like this
      adminSecret: process.env.ADMIN_SECRET!,
      sessionStore,
    }),
  )
}

export async function listAll(fetch: typeof globalThis.fetch, adminSecret: string) {
  // List all sessions
  const sessions = await fetch('/admin/api/sessions', {
    headers: { Authorization: `Bearer ${adminSecret}` },
  }).then((r) => r.json())
  return sessions
}

export async function revokeOne(fetch: typeof globalThis.fetch, adminSecret: string, sessionHandle: string) {
  // Revoke one session
  await fetch(`/admin/api/sessions/${sessionHandle}`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${adminSecret}` },
  })
}
