/**
 * The OpenAPI document of a set of routes, 3.1 or 3.0.3. It is derived; nothing in it is written by hand.
 *
 * @module
 */
import { z } from 'zod'
import type { Access } from '../contract/access.ts'
import type { EndpointDef } from '../contract/endpoint.ts'
import { type ErrorDef, kernelErrors } from '../contract/errors.ts'
import { FieldIssue } from '../contract/issues.ts'
import { product } from '../product.ts'
import { createCookies } from './cookies.ts'
import { isSafeMethod } from './headers.ts'
import { createSchemaWriter, type JsonSchema, type OpenApiVersion, type SchemaWriter } from './openapi-schemas.ts'
import type { Route } from './pipeline.ts'

/** What a document is written with. */
export interface OpenApiSetup {
  readonly routes: readonly Pick<Route, 'contract' | 'key' | 'endpoint'>[]
  readonly basePath: string
  readonly baseUrl: string
  readonly version?: OpenApiVersion
}

/** An OpenAPI document. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0' | '3.0.3'
  readonly info: JsonSchema
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly securitySchemes: Readonly<Record<string, JsonSchema>>
  }
}

const description = `Refusals are \`application/problem+json\` (RFC 9457) with a stable \`code\`. Browsers are logged in by cookie; with
\`X-Auth-Strategy: bearer\` an answer carries tokens instead.`

/**
 * Writes the document.
 *
 * @example
 * ```ts
 * const document = openApiOf({ routes, basePath: '/auth', baseUrl: 'https://app.example.com', version: '3.0' })
 * ```
 */
export function openApiOf({ routes, basePath, baseUrl, version = '3.1' }: OpenApiSetup): OpenApiDocument {
  const schemas = createSchemaWriter(version)
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const { contract, key, endpoint } of routes) {
    const path = (endpoint.root ? '' : basePath) + endpoint.path.replaceAll(/:([^/]+)/g, '{$1}')
    paths[path] = {
      ...paths[path],
      [endpoint.method.toLowerCase()]: operationOf(`${contract}.${key}`, contract, endpoint, schemas),
    }
  }
  return {
    openapi: version === '3.1' ? '3.1.0' : '3.0.3',
    info: {
      title: product.title,
      version: product.version,
      description,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    servers: [{ url: baseUrl.replace(/\/+$/, '') || '/' }],
    tags: [...new Set(routes.map(({ contract }) => contract))].map((name) => ({
      name,
      description: `The endpoints of ${name}.`,
    })),
    paths,
    components: {
      schemas: { ...schemas.components, Problem: schemas.write(problem, 'output') },
      securitySchemes: securitySchemes(baseUrl, routes),
    },
  }
}

function operationOf(operationId: string, tag: string, endpoint: EndpointDef, schemas: SchemaWriter): JsonSchema {
  const parameters = parametersOf(endpoint, schemas)
  return {
    operationId,
    tags: [tag],
    summary: endpoint.summary,
    ...(endpoint.description !== undefined && { description: endpoint.description }),
    security: securityOf(endpoint.access),
    ...(parameters.length > 0 && { parameters }),
    ...(endpoint.body && { requestBody: requestBodyOf(endpoint.body, endpoint, schemas) }),
    responses: { ...successOf(endpoint, schemas), ...refusalsOf(endpoint) },
  }
}

function parametersOf({ params, query, csrf }: EndpointDef, schemas: SchemaWriter): JsonSchema[] {
  const of = (place: 'path' | 'query', schema: z.ZodObject | undefined): JsonSchema[] => {
    if (!schema) return []
    const { properties = {}, required = [] } = schemas.write(schema, 'input') as {
      properties?: Record<string, JsonSchema>
      required?: string[]
    }
    const isRequired = (name: string) => place === 'path' || required.includes(name)
    return Object.entries(properties).map(([name, { description, ...inner }]) => ({
      name,
      in: place,
      required: isRequired(name),
      ...(description !== undefined && { description }),
      schema: inner,
    }))
  }
  const token = {
    name: 'X-CSRF-Token',
    in: 'header',
    required: false,
    schema: { type: 'string' },
    description: 'Owed by cookie sessions.',
  }
  return [...of('path', params), ...of('query', query), ...(csrf ? [token] : [])]
}

const file = { schema: { type: 'string', format: 'binary' } }

function requestBodyOf(body: z.ZodType, { upload }: EndpointDef, schemas: SchemaWriter): JsonSchema {
  if (upload) return { required: true, content: Object.fromEntries(upload.types.map((type) => [type, file])) }
  return {
    required: !body.safeParse(undefined).success,
    content: { 'application/json': { schema: schemas.write(body, 'input') } },
  }
}

function successOf({ returns, download, status = 200 }: EndpointDef, schemas: SchemaWriter): JsonSchema {
  if (!returns) return { 204: { description: 'Done.' } }
  if (download) return { [status]: { description: 'A file.', content: { '*/*': file } } }
  return { [status]: { description: 'Done.', content: { 'application/json': { schema: schemas.write(returns, 'output') } } } }
}

/** Every refusal an endpoint can answer with, by status. */
function refusalsOf(endpoint: EndpointDef): JsonSchema {
  const byStatus = new Map<number, ErrorDef[]>()
  for (const error of new Set([...(endpoint.errors ?? []), ...impliedErrors(endpoint)])) {
    byStatus.set(error.status, [...(byStatus.get(error.status) ?? []), error])
  }
  return Object.fromEntries([...byStatus].map(([status, errors]) => [status, responseOf(errors)]))
}

function responseOf(errors: readonly ErrorDef[]): JsonSchema {
  const codes = [...new Set(errors.map(({ code }) => code))]
  const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { type: 'string', enum: codes } } }] }
  return {
    description: errors.map(({ code, title }) => `\`${code}\`: ${title}`).join('\n\n'),
    content: { 'application/problem+json': { schema } },
  }
}

/** What the pipeline may refuse with before or after the handler. */
function impliedErrors({ access, method, params, query, body }: EndpointDef): ErrorDef[] {
  const E = kernelErrors
  return [
    ...(params || query || body ? [E.validation_failed] : []),
    ...(access === 'pending-login' ? [E.login_expired] : access === 'public' ? [] : [E.unauthorized]),
    ...(typeof access === 'object' ? demandErrors(access) : []),
    ...(isSafeMethod(method) ? [] : [E.csrf_rejected]),
    ...(body ? [E.payload_too_large, E.unsupported_media_type] : []),
    E.rate_limited,
    E.unavailable,
  ]
}

function demandErrors(access: Exclude<Access, string>): ErrorDef[] {
  if ('role' in access || 'operator' in access) return [kernelErrors.forbidden]
  const { aal, within } = access.session
  return aal === undefined && within === undefined ? [] : [kernelErrors.step_up_required]
}

function securityOf(access: Access): JsonSchema[] {
  if (access === 'public') return []
  if (typeof access === 'object' && 'operator' in access) return [{ admin: [] }, { adminSecret: [] }]
  return access === 'pending-login' ? [{ login: [] }, {}] : [{ session: [] }, { bearer: [] }]
}

function securitySchemes(baseUrl: string, routes: OpenApiSetup['routes']): Record<string, JsonSchema> {
  const cookies = createCookies(baseUrl.startsWith('https:'))
  const cookie = (role: 'session' | 'login' | 'admin') => ({ type: 'apiKey', in: 'cookie', name: cookies.nameOf(role) })
  const schemes: Record<string, JsonSchema> = {
    session: cookie('session'),
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    admin: cookie('admin'),
    adminSecret: { type: 'http', scheme: 'bearer', description: 'The option `admin.secret`.' },
    login: { ...cookie('login'), description: 'A login whose next step is owed; the body may name it as `loginToken` instead.' },
  }
  const used = new Set(routes.flatMap(({ endpoint }) => securityOf(endpoint.access).flatMap(Object.keys)))
  return Object.fromEntries(Object.entries(schemes).filter(([name]) => used.has(name)))
}

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  code: z.string().meta({ description: 'Stable: programs decide by it.' }),
  error: z.string().meta({ description: 'The title once more.' }),
  help: z.string().optional(),
  errors: z.array(FieldIssue).optional(),
  instance: z.string().optional(),
})
