import type { z } from 'zod'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import { type Download, type FileBytes, streamOf } from '../../kernel/contract/file.ts'
import { sha256Hex } from '../../kernel/crypto/plain.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { E, endings, maxBytes, type Picture, type PictureType } from './contract.ts'
import type { PictureMemory } from './memory.ts'
import type { PictureRow, PictureStore } from './store.sql.ts'

const mostPictures = 50
const partBytes = 64 * 1024

interface PicturesDeps {
  readonly store: PictureStore
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  readonly memory: PictureMemory
  /** The path a picture stands under. */
  urlOf(filename: string): string
  /** What pages show now. */
  shown(ctx: Ctx): Promise<{ logoUrl: string }>
}

/** Builds the service of pictures. */
export function createPictures({ store, transaction, memory, urlOf, shown }: PicturesDeps) {
  const pictureOf = ({ filename, type, size, created_at }: PictureRow): z.input<typeof Picture> => ({
    filename,
    url: urlOf(filename),
    type,
    bytes: size,
    uploadedAt: created_at,
  })

  /** @throws picture_rejected | payload_too_large | too_many_pictures */
  async function upload(ctx: Ctx, file: FileBytes): Promise<z.input<typeof Picture>> {
    const content = await read(file)
    const type = typeOf(content)
    if (!type) throw new AuthError(E.picture_rejected)
    const row = {
      filename: `${sha256Hex(content).slice(0, 32)}.${endings[type]}`,
      type,
      size: content.length,
      created_at: ctx.at,
    }
    return transaction(ctx, async (tx) => {
      await store(tx).hold()
      const isNew = await store(tx).insert({ ...row, content })
      const kept = await store(tx).list(mostPictures + 1)
      if (isNew && kept.length > mostPictures) throw new AuthError(E.too_many_pictures)
      const data = { filename: row.filename, type, bytes: row.size }
      if (isNew) tx.emit('identity.picture.uploaded', { data, audit: { target: row.filename } })
      return pictureOf(kept.find(({ filename }) => filename === row.filename) ?? row)
    })
  }

  async function list(ctx: Ctx) {
    return { files: (await store(ctx).list(mostPictures)).map(pictureOf), nextCursor: null }
  }

  /** @throws not_found */
  async function show(ctx: Ctx, filename: string): Promise<Download> {
    const picture = await memory.find(ctx, filename)
    if (!picture) throw new AuthError(kernelErrors.not_found)
    return { type: picture.type, name: filename, body: streamOf(partsOf(picture.content)) }
  }

  /** @throws not_found | picture_in_use */
  async function remove(ctx: Ctx, filename: string): Promise<void> {
    if ((await shown(ctx)).logoUrl === urlOf(filename)) throw new AuthError(E.picture_in_use)
    await transaction(ctx, async (tx) => {
      if (!(await store(tx).delete(filename))) throw new AuthError(kernelErrors.not_found)
      tx.emit('identity.picture.deleted', { data: { filename }, audit: { target: filename } })
    })
    memory.forget(ctx, filename)
  }

  return { upload, list, show, remove }
}

/** @throws payload_too_large */
async function read(file: FileBytes): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of file) {
    size += chunk.length
    if (size > maxBytes) throw new AuthError(kernelErrors.payload_too_large)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Views of one picture: whoever reads slowly holds no copy of it. */
async function* partsOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += partBytes) yield content.subarray(at, at + partBytes)
}

/** By its first bytes (WHATWG MIME Sniffing, "image type pattern matching"); whatever its sender called it does not count. */
function typeOf(content: Buffer): PictureType | undefined {
  const head = content.subarray(0, 14).toString('latin1')
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (/^GIF8[79]a/.test(head)) return 'image/gif'
  if (/^RIFF[\s\S]{4}WEBPVP/.test(head)) return 'image/webp'
  return undefined
}
