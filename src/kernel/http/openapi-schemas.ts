/**
 * zod schemas as the component schemas of an OpenAPI document.
 *
 * A schema with an id (`.meta({ id })`) becomes a component of that name; recursive ones without become `Schema1`, `Schema2`, ...
 *
 * @module
 */
import { z } from 'zod'

/** The dialects of JSON Schema in OpenAPI 3.1 and 3.0. */
export type OpenApiVersion = '3.1' | '3.0'

/** A JSON Schema object. */
export type JsonSchema = Record<string, unknown>

/** Collects component schemas while a document is written. */
export interface SchemaWriter {
  /** @param io whether the value travels to us (`input`) or from us (`output`) */
  write(schema: z.ZodType, io: 'input' | 'output'): JsonSchema
  readonly components: Readonly<Record<string, JsonSchema>>
}

const targets = { '3.1': 'draft-2020-12', '3.0': 'openapi-3.0' } as const

/** Builds a writer for one document. */
export function createSchemaWriter(version: OpenApiVersion): SchemaWriter {
  const components: Record<string, JsonSchema> = {}
  const names = new Map<string, string>()

  /** One name for one content: the same id may look different on its way in and on its way out. */
  function nameFor(id: string, content: string, io: 'input' | 'output'): string {
    const known = names.get(`${id} ${content}`)
    if (known !== undefined) return known
    const wanted = id.startsWith('__') ? `Schema${names.size + 1}` : id
    const name = wanted in components ? `${wanted}${io === 'input' ? 'Input' : 'Output'}` : wanted
    names.set(`${id} ${content}`, name)
    return name
  }

  return {
    components,
    write(schema, io) {
      const {
        $schema: _,
        $defs,
        definitions,
        ...root
      } = z.toJSONSchema(schema, { io, target: targets[version], unrepresentable: 'any', override })
      const defs = Object.entries((($defs ?? definitions) as Record<string, JsonSchema> | undefined) ?? {})
      const renamed = new Map(defs.map(([id]) => [id, nameFor(id, JSON.stringify(defs), io)]))
      const refer = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value), (key, inner) => (key === '$ref' ? refOf(String(inner), renamed) : unwrapped(inner)))
      for (const [id, definition] of defs) components[renamed.get(id) ?? id] = refer(definition) as JsonSchema
      return refer(root) as JsonSchema
    },
  }
}

function refOf(ref: string, names: ReadonlyMap<string, string>): string {
  const id = ref.replace(/^#\/(?:\$defs|definitions)\//, '')
  return `#/components/schemas/${names.get(id) ?? id}`
}

/** In 3.0 a reference with a neighbour comes wrapped in an `allOf` of one; there it stands alone, and the neighbour is said in 3.1 only. */
const unwrapped = (schema: unknown): unknown => {
  const parts = typeof schema === 'object' && schema !== null && 'allOf' in schema ? schema.allOf : undefined
  return Array.isArray(parts) && parts.length === 1 ? parts[0] : schema
}

/** A named format says more than the long pattern zod adds to it; a date is sent as text. */
function override({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern
}
