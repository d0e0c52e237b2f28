/**
 * One call on the wire: a flat input becomes path, query and body; an answer becomes a value or the refusal it carries (RFC 9457).
 *
 * Invariant: an input never changes which route is called. A path segment that a URL parser would swallow is refused before it is sent.
 *
 * @module
 */
import type { z } from 'zod'
import type { EndpointDef } from '../kernel/contract/endpoint.ts'
import { AuthError, invalidField, isAuthError, kernelErrors } from '../kernel/contract/errors.ts'
import type { Download, FileGiven } from '../kernel/contract/file.ts'
import { type FieldIssue, kernelIssues } from '../kernel/contract/issues.ts'

/** What of a request the endpoint and the input decide. */
export interface WireRequest {
  readonly url: string
  readonly method: string
  readonly body?: FileGiven
  /** Of the body. */
  readonly type?: string
}

type Fields = Readonly<Record<string, unknown>>

/** What URLs begin with. */
export interface Place {
  /** The base URL. */
  readonly root: string
  /** The base URL and the base path. */
  readonly base: string
}

/**
 * Writes an input down.
 *
 * @throws validation_failed for a path parameter that cannot be one
 */
export function toWire(at: Place, endpoint: EndpointDef, input: Fields): WireRequest {
  const { method, path, root, params, query, body, upload } = endpoint
  const has = (schema: z.ZodObject | undefined, key: string) => schema !== undefined && Object.hasOwn(schema.shape, key)
  const entries = Object.entries(input).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(
    entries
      .filter(([key]) => has(query, key))
      .flatMap(([key, value]) => [value].flat().map((one): [string, string] => [key, textOf(one)])),
  )
  const url = `${root === 'only' ? at.root : at.base}${fillPath(path, input)}${search.size > 0 ? `?${search}` : ''}`
  if (!body || method === 'GET') return { url, method }
  if (upload) return { url, method, body: input.file as FileGiven, type: upload.types[0] }
  const rest = entries.filter(([key]) => !has(params, key) && !has(query, key))
  return { url, method, body: JSON.stringify(Object.fromEntries(rest)), type: 'application/json' }
}

const textOf = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value))

const fillPath = (path: string, input: Fields): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => segmentOf(name, input[name]))

/** `DELETE /sessions/:handle` with an empty handle, or with a dot, would end all the others. */
function segmentOf(name: string, value: unknown): string {
  const text = value === undefined || value === null ? '' : textOf(value)
  if (!['', '.', '..'].includes(text)) return encodeURIComponent(text)
  throw invalidField(`/${name}`, { ...kernelIssues.other, message: 'cannot be part of a path' })
}

/** Something between us and the server answered in its place. */
class ForeignAnswer extends Error {}

/** Whether a refusal says only that the server was not reached. */
export const isForeign = (error: unknown): boolean => isAuthError(error) && error.cause instanceof ForeignAnswer

/**
 * Reads an answer. What has nothing to return answers 204; everything else answers JSON.
 *
 * @throws AuthError with the code the answer carries; `unavailable` or `unreachable` when something between us and the server answered
 */
export function readAnswer(response: Response, text: string, { returns }: Pick<EndpointDef, 'returns'>): unknown {
  if (response.status === 204 && (!returns || returns.safeParse(undefined).success)) return undefined
  const json = parseJson(text)
  if (response.ok && returns && json !== undefined) return json
  throw answeredRefusal(response, json)
}

/** A file as an answer. */
export function readDownload({ headers, body }: Response): Download {
  const name = /filename="([\w.-]+)"/.exec(headers.get('content-disposition') ?? '')?.[1]
  const empty = () => new ReadableStream<Uint8Array>({ start: (stream) => stream.close() })
  return { type: headers.get('content-type') ?? '', name: name ?? 'download', body: body ?? empty() }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function answeredRefusal(response: Response, json: unknown): AuthError {
  const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const wait = Number.isFinite(retryAfterSeconds) ? { retryAfterSeconds } : {}
  if (!isProblem(json)) {
    const cause = new ForeignAnswer(`an answer with status ${response.status} that the server cannot have written`)
    return new AuthError(foreignRefusal(response.status), { cause, ...wait })
  }
  const { code, title, detail, help, errors, instance } = json
  return new AuthError(
    { code, status: response.status, title, ...(detail !== undefined && { detail }), ...(help !== undefined && { help }) },
    { id: (instance ?? '').replace(/^urn:uuid:/, ''), ...(errors && { issues: errors }), ...wait },
  )
}

interface Problem {
  readonly code: string
  readonly title: string
  readonly detail?: string
  readonly help?: string
  readonly errors?: readonly FieldIssue[]
  readonly instance?: string
}

const isProblem = (json: unknown): json is Problem =>
  typeof json === 'object' && json !== null && 'code' in json && typeof json.code === 'string' && 'title' in json

/** A proxy, a captive portal, a wrong address. Never a 401: nobody is logged out by a page that is not the server's. */
function foreignRefusal(status: number) {
  if (status === 413) return kernelErrors.payload_too_large
  if (status === 429) return kernelErrors.rate_limited
  return status >= 500 ? kernelErrors.unavailable : kernelErrors.unreachable
}
