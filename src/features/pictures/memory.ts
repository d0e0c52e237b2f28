import { LRUCache } from 'lru-cache'
import type { Ctx } from '../../kernel/ctx.ts'
import type { PictureType } from './contract.ts'

/** What is sent under a name. */
export interface Content {
  readonly type: PictureType
  readonly content: Uint8Array
}

const maxSize = 8_000_000
/** So long another node may send what was deleted. */
const ttl = 60_000

/**
 * Pictures that were asked for lately: what stands under a name never changes, and anybody may ask. Many who ask at once for one that is not here are one
 * question, and share one answer.
 */
export function createPictureMemory(load: (ctx: Ctx, filename: string) => Promise<Content | undefined>) {
  const memory = new LRUCache<string, Content, { readonly ctx: Ctx; readonly filename: string }>({
    maxSize,
    sizeCalculation: ({ content }) => content.length,
    ttl,
    ignoreFetchAbort: true, // whoever asked is answered, also when what they asked for is forgotten or pushed out meanwhile
    fetchMethod: (_key, _stale, { context: { ctx, filename } }) => load(ctx, filename),
  })
  const keyOf = ({ poolId }: Ctx, filename: string) => `${poolId} ${filename}`
  return {
    find: (ctx: Ctx, filename: string) => memory.fetch(keyOf(ctx, filename), { context: { ctx, filename } }),
    forget: (ctx: Ctx, filename: string) => void memory.delete(keyOf(ctx, filename)),
  }
}

/** Of one process. */
export type PictureMemory = ReturnType<typeof createPictureMemory>
