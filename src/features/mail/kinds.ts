/**
 * What other features say about their mails: what is kept while one is owed, and how it is written when it is sent.
 *
 * @module
 */
import { z } from 'zod'
import type { Ctx } from '../../kernel/ctx.ts'
import type { Template, ValuesOf } from './templates.ts'

/** A mail somebody may owe, and what is kept of it until then: whom it is about (`userId`, or else `email` or `value`), never a secret. */
export interface MailKind<T extends Template = Template, P extends z.ZodType = z.ZodType> {
  readonly template: T
  readonly payload: P
  /**
   * Whether an address gets only so many of them. For mails that somebody else can have sent: never for one that carries the only way back, or
   * whoever uses the limit up ends that way.
   */
  readonly isLimited?: boolean
}

/** Whom a mail is about, in a word: an id is never taken for a name that somebody chose. */
export const about = {
  user: (userId: string): string => `user ${userId}`,
  identifier: (value: string): string => `identifier ${value}`,
  userIdOf: (payload: unknown): string | undefined => Subject.safeParse(payload).data?.userId,
  of(payload: unknown): string {
    const { userId, email, value } = Subject.parse(payload)
    return userId === undefined ? about.identifier(email ?? value ?? '') : about.user(userId)
  },
  read(said: string | null): { readonly userId: string | null; readonly address: string | null } {
    const [, kind, who = null] = /^(user|identifier) (.*)$/s.exec(said ?? '') ?? []
    return { userId: kind === 'user' ? who : null, address: kind === 'identifier' ? who : null }
  },
}

const text = z.string().optional()
const Subject = z.object({ userId: text, email: text, value: text })

/** A mail as it is sent. */
export interface Letter<T extends Template> {
  readonly to: string
  /** The language of the reader, if they have chosen one. */
  readonly locale: string | null
  readonly values: ValuesOf<T>
  /**
   * Makes the link, once it is sure that the mail goes out: what it ends (an older link) would be ended for nothing. `undefined`: it is owed no
   * more after all.
   */
  readonly link?: () => Promise<string | undefined>
}

/** Which mail it is. */
export interface MailId {
  /** The same over every attempt. */
  readonly id: string
  readonly askedAt: Date
}

/** A kind, ready for whoever sends. */
export interface MailWriter {
  readonly template: Template
  readonly isLimited: boolean
  write(ctx: Ctx, payload: unknown, mail: MailId): Promise<Letter<Template> | undefined>
}

/**
 * Joins a kind with the code that writes it.
 *
 * It is asked at each attempt, so a secret in a link is derived from the mail's id (the same every time), or it would differ from one attempt to the next.
 *
 * @param write - answers `undefined` when the mail is owed no more: the user is gone, the address was confirmed meanwhile
 */
export function writerOf<T extends Template, P extends z.ZodType>(
  { template, payload, isLimited = false }: MailKind<T, P>,
  write: (ctx: Ctx, payload: z.output<P>, mail: MailId) => Promise<Letter<T> | undefined>,
): MailWriter {
  return {
    template,
    isLimited,
    write: async (ctx, given, mail) => write(ctx, payload.parse(given), mail) as Promise<Letter<Template> | undefined>,
  }
}
