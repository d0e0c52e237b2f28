/**
 * Reading a body: JSON, bounded in bytes, depth and keys before a parser sees it (OWASP ASVS 5.0 V1.5.3, V15.2.2).
 *
 * Invariant: never more than the limit is buffered, whatever the headers promise, and no parsed object carries a key that reaches a prototype.
 *
 * @module
 */
import { AuthError, kernelErrors } from '../contract/errors.ts'
import type { FileBytes, Upload } from '../contract/file.ts'

const maxBytes = 64 * 1024
const maxDepth = 32
const maxKeys = 2000

const invalid = (detail: string) => new AuthError(kernelErrors.validation_failed, { detail })
const readBefore = () => invalid('The body was read before the request came here.')

/**
 * Reads and parses the body of a request. `undefined` when there is none.
 *
 * @throws payload_too_large | unsupported_media_type | validation_failed
 */
export async function readJson(request: Request): Promise<unknown> {
  assertJsonType(request)
  const bytes = await readBounded(request)
  if (bytes.length === 0) return undefined
  if (!request.headers.has('content-type')) throw new AuthError(kernelErrors.unsupported_media_type)
  return parseJson(decode(bytes))
}

/**
 * Parses JSON of strangers, wherever it stands.
 *
 * @throws validation_failed for what is none, is nested too deeply, has too many fields or reaches a prototype
 */
export function parseJson(text: string): unknown {
  assertBounded(text)
  const value = parse(text)
  assertNoPrototypeKeys(value)
  return value
}

/**
 * Reads what the form of a page sent: each field once, as text. Only pages read forms; an endpoint that did could be posted to from anywhere.
 *
 * @throws payload_too_large | unsupported_media_type | validation_failed
 */
export async function readForm(request: Request): Promise<ReadonlyMap<string, string>> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') throw new AuthError(kernelErrors.unsupported_media_type)
  const pairs = [...new URLSearchParams(decode(await readBounded(request)))]
  const fields = new Map(pairs)
  if (fields.size < pairs.length) throw invalid('A field was sent twice.')
  return fields
}

/** A file that is on its way. */
interface Incoming {
  /** What has come of it. Whoever stops reading leaves the rest to {@link hearOut}. */
  readonly file: FileBytes
  /** Reads what nobody wants any more. Most senders listen for no answer before they have sent everything, and the connection is used again. */
  hearOut(): Promise<void>
}

/**
 * The body of a request as a file. It is read while it is used, and never beyond its bound.
 *
 * @throws unsupported_media_type | payload_too_large for a length that was promised; when it is read, payload_too_large | validation_failed
 */
export function readFile(request: Request, { types, maxBytes: most }: Upload): Incoming {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (isEncoded(request) || type === undefined || !types.includes(type)) throw new AuthError(kernelErrors.unsupported_media_type)
  if (Number(request.headers.get('content-length')) > most) throw new AuthError(kernelErrors.payload_too_large)
  const chunks = chunksOf(request, most)
  return {
    file: { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) }, // without a `return`, which would end the chunks too
    async hearOut() {
      let part = await chunks.next()
      while (!part.done) part = await chunks.next()
    },
  }
}

/**
 * Refuses what a form or a compressor made: only plain `application/json` is read.
 *
 * @throws unsupported_media_type
 */
export function assertJsonType(request: Request): void {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  const empty = request.headers.get('content-length') === '0'
  if (isEncoded(request)) throw new AuthError(kernelErrors.unsupported_media_type)
  if (type !== undefined && type !== 'application/json' && !empty) throw new AuthError(kernelErrors.unsupported_media_type)
}

const isEncoded = ({ headers }: Request): boolean =>
  !['', 'identity'].includes(headers.get('content-encoding')?.trim().toLowerCase() ?? '')

async function readBounded(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length')) > maxBytes) throw new AuthError(kernelErrors.payload_too_large)
  const chunks: Uint8Array[] = []
  for await (const chunk of chunksOf(request, maxBytes)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* chunksOf(request: Request, most: number): AsyncGenerator<Uint8Array, void, undefined> {
  if (request.bodyUsed || request.body?.locked) throw readBefore()
  let size = 0
  // The reader is not cancelled when the body is too large: on Node that would cut the connection before the refusal is sent.
  const reader = request.body?.getReader()
  while (reader) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new AuthError(kernelErrors.validation_failed, { detail: 'The body could not be read.', cause })
    })
    if (done) break
    size += value.length
    if (size > most) throw new AuthError(kernelErrors.payload_too_large)
    yield value
  }
  // A host can drain Node's stream and keep nothing; an empty body would then be blamed on the client.
  if (size === 0 && Number(request.headers.get('content-length')) > 0) throw readBefore()
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalid('The body is not UTF-8.')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('The body is not JSON.') // the parser's own message quotes the body
  }
}

/** Counts brackets and colons outside strings, in one pass over the text. */
function assertBounded(text: string): void {
  let depth = 0
  let keys = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (inString && char === '\\') at++
    else if (char === '"') inString = !inString
    else if (inString) continue
    else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    else if (char === ':') keys++
    if (depth > maxDepth) throw invalid('The body is nested too deeply.')
    if (keys > maxKeys) throw invalid('The body has too many fields.')
  }
}

/** Refuses `__proto__`, and `constructor` over `prototype`, at any depth. */
export function assertNoPrototypeKeys(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (Object.hasOwn(value, '__proto__')) throw invalid('The input has a field that is not allowed.')
  for (const [key, inner] of Object.entries(value)) {
    const reachesPrototype =
      key === 'constructor' && typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype')
    if (reachesPrototype) throw invalid('The input has a field that is not allowed.')
    assertNoPrototypeKeys(inner)
  }
}
