/**
 * From what was sent to what a handler gets: params, query and body through their schemas, as one flat input.
 *
 * Invariant: an issue names a field and a rule, never the value, and never a field name that only the sender knows. What stands in the path is what was
 * routed, limited and judged: no field of the query or the body takes its place (OWASP ASVS 5.0 V15.3.7).
 *
 * @module
 */
import type { z } from 'zod'
import type { EndpointDef } from '../contract/endpoint.ts'
import { AuthError, kernelErrors } from '../contract/errors.ts'
import { issuesOf } from '../contract/issues.ts'
import { assertNoPrototypeKeys } from './body.ts'

/** The three parts of an input before any schema has seen them. */
export interface RawInput {
  readonly params: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

/** What is missing is told from what is wrong by the input, which stays with us. */
const asked = { reportInput: true }

/**
 * Parses an input.
 *
 * @throws validation_failed with one issue a field
 */
export async function parseInput(endpoint: EndpointDef, raw: RawInput): Promise<Record<string, unknown>> {
  const parts = await Promise.all([
    endpoint.params?.safeParseAsync(raw.params, asked),
    endpoint.query?.safeParseAsync(raw.query, asked),
    endpoint.body && parseBody(endpoint.body, raw.body),
  ])
  const issues = parts.flatMap((part) => (part?.success === false ? part.error.issues.flatMap(issuesOf) : []))
  if (issues.length > 0) throw new AuthError(kernelErrors.validation_failed, { issues })
  const [params, query, body] = parts.map((part) => part?.data as object | undefined)
  return { ...body, ...query, ...params }
}

/** A missing body counts as an empty one, so that an endpoint whose fields are all optional can be called without. */
async function parseBody(schema: z.ZodType, body: unknown) {
  if (body !== undefined) return schema.safeParseAsync(body, asked)
  const absent = await schema.safeParseAsync(undefined)
  return absent.success ? absent : schema.safeParseAsync({}, asked)
}

/** Query parameters as an object; a name that is repeated becomes a list, which a schema for one value refuses. */
export function queryOf(search: URLSearchParams): Record<string, unknown> {
  const names = [...new Set(search.keys())]
  const query: Record<string, unknown> = Object.fromEntries(
    names.map((name) => {
      const values = search.getAll(name)
      return [name, values.length === 1 ? values[0] : values]
    }),
  )
  assertNoPrototypeKeys(query)
  return query
}

/** Splits the flat input of an in-process call: what the schemas of params and query name goes there, the rest is the body. */
export function splitInput(endpoint: EndpointDef, input: Readonly<Record<string, unknown>>): RawInput {
  const take = (schema: z.ZodObject | undefined) =>
    Object.fromEntries(Object.keys(schema?.shape ?? {}).flatMap((key) => (key in input ? [[key, input[key]]] : [])))
  const params = take(endpoint.params)
  const query = take(endpoint.query)
  const body = Object.fromEntries(Object.entries(input).filter(([key]) => !(key in params) && !(key in query)))
  return { params, query, body }
}
