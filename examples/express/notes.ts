/**
 * Notes: a feature of this application, with a table and an event of its own.
 *
 * Invariant: a note is read by whoever wrote it, in the tenant it was written in. Every statement names both.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { AuthError, type Ctx, feature } from 'keywright'
import { z } from 'zod'
import { E, notesContract } from './notes-contract.ts'

/** Makes the feature; the application says how many notes a person may have. */
export const notes = (values: { mostNotes?: number } = {}) =>
  feature(
    {
      name: 'notes',
      contract: notesContract,
      options: z.strictObject({ mostNotes: z.number().int().positive().default(100) }),
      migrations: [
        {
          id: '001_note',
          up: ({ raw, types }) => [
            raw(`create table note (
              id ${types.text} primary key,
              tenant_id ${types.text} not null,
              user_id ${types.text} not null,
              text ${types.text} not null,
              written_at ${types.instant} not null
            )`),
            raw('create index note_of_user on note (tenant_id, user_id, written_at)'),
          ],
          down: ({ raw }) => [raw('drop table note')],
        },
      ],
      create: ({ options, transaction }) => ({
        write: (ctx: Ctx, userId: string, line: string) =>
          transaction(ctx, async (tx) => {
            const own = await tx.query`select id from note where tenant_id = ${tx.tenantId} and user_id = ${userId}`
            if (own.length >= options.mostNotes) throw new AuthError(E.too_many_notes)
            const id = randomUUID()
            await tx.query`
              insert into note (id, tenant_id, user_id, text, written_at)
              values (${id}, ${tx.tenantId}, ${userId}, ${line}, ${tx.at})`
            tx.emit('notes.note.written', { userId, data: { noteId: id }, audit: { target: id } })
            return { id, text: line }
          }),
        list: (ctx: Ctx, userId: string) =>
          transaction(
            ctx,
            (tx) =>
              tx.query<{ id: string; text: string }>`
                select id, text from note where tenant_id = ${tx.tenantId} and user_id = ${userId} order by written_at, id`,
          ),
      }),
      handlers: (service) => ({
        write: ({ ctx, auth, input }) => service.write(ctx, auth.userId, input.text),
        list: ({ ctx, auth }) => service.list(ctx, auth.userId),
      }),
    },
    values,
  )
