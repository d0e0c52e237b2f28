/**
 * What can be asked of notes: data only, shared by the server and by pages.
 *
 * @module
 */
import { contract, defineErrors, type EventsOf, endpoint, event, text } from 'keywright/contract'
import { z } from 'zod'

export const E = defineErrors({
  too_many_notes: { status: 409, title: 'There is no room for another note', help: 'Delete one first.' },
})

const notesEvents = {
  'notes.note.written': event({ summary: 'Somebody wrote a note', data: z.object({ noteId: z.string() }), audit: true }),
}

declare module 'keywright/contract' {
  interface EventCatalogue extends EventsOf<typeof notesEvents> {}
}

const Note = z.object({ id: z.string(), text: z.string() })

export const notesContract = contract(
  'notes',
  {
    write: endpoint({
      method: 'POST',
      path: '/notes',
      access: 'session',
      summary: 'Write a note',
      body: z.strictObject({ text: text(200) }),
      status: 201,
      returns: Note,
      errors: [E.too_many_notes],
    }),
    list: endpoint({
      method: 'GET',
      path: '/notes',
      access: 'session',
      summary: 'My notes, oldest first',
      returns: z.array(Note),
    }),
  },
  notesEvents,
)
