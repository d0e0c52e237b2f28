/**
 * Files on their way in and out: streams of bytes, never held as a whole.
 *
 * Browser-safe: a client sends a `Blob` and gets a stream.
 *
 * @module
 */
import { z } from 'zod'

/** A file as a handler reads it, once. */
export type FileBytes = AsyncIterable<Uint8Array>

/** A file as a caller hands it over. What is no stream can be sent once more after a refresh. */
export type FileGiven = Blob | Uint8Array | string | FileBytes

/** What an endpoint that takes a file says of it. */
export interface Upload {
  /** Media types; a client that knows no better sends the first. */
  readonly types: readonly [string, ...string[]]
  readonly maxBytes: number
}

/** A file as an answer. */
export interface Download {
  readonly type: string
  /** What it is called when it is saved: letters, digits, dots and dashes. */
  readonly name: string
  readonly body: ReadableStream<Uint8Array>
}

const isStream = (value: unknown): value is FileBytes =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value
const isFile = (value: unknown): value is FileGiven =>
  typeof value === 'string' || value instanceof Uint8Array || value instanceof Blob || isStream(value)

async function* bytesOf(given: FileGiven): FileBytes {
  if (typeof given === 'string') yield new TextEncoder().encode(given)
  else if (given instanceof Uint8Array) yield given
  else if (!(given instanceof Blob)) yield* given
  else {
    const reader = given.stream().getReader()
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
  }
}

/**
 * The `body` of an endpoint with `upload`.
 *
 * @example
 * ```ts
 * const put = endpoint({
 *   method: 'POST',
 *   path: '/invoices/scan',
 *   access: 'session',
 *   summary: 'Hand in a scan',
 *   upload: { types: ['application/pdf'], maxBytes: 10_000_000 },
 *   body: fileBody(),
 * })
 * ```
 */
export const fileBody = () =>
  z.strictObject({
    file: z
      .custom<FileGiven>(isFile, { error: 'a file' })
      .meta({ type: 'string', format: 'binary' })
      .transform((given): FileBytes => (isStream(given) ? given : bytesOf(given))),
  })

/** What an endpoint with `download` returns. */
export const download = () =>
  z
    .custom<Download>((value) => typeof value === 'object' && value !== null && 'body' in value)
    .meta({ type: 'string', format: 'binary' })

/** The body of a download: read as fast as it is taken away; whoever breaks off ends the reading. */
export function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(stream) {
      const { done, value } = await chunks.next()
      if (done) stream.close()
      else stream.enqueue(value)
    },
    async cancel() {
      await chunks.return(undefined)
    },
  })
}
