import type { z } from 'zod'
import { AuthError, kernelErrors } from '../../kernel/contract/errors.ts'
import type { Download, FileBytes } from '../../kernel/contract/file.ts'
import { sha256Hex } from '../../kernel/crypto/plain.ts'
import type { Ctx, Tx } from '../../kernel/ctx.ts'
import { E, endings, type Picture, type PictureType } from './contract.ts'
import type { PictureRow, PictureStore } from './store.sql.ts'

const mostPictures = 50

interface PicturesDeps {
  readonly store: PictureStore
  transaction<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T>
  /** The path a picture stands under. */
  urlOf(filename: string): string
  /** What pages show now. */
  shown(ctx: Ctx): Promise<{ logoUrl: string }>
}

/** Builds the service of pictures. */
export function createPictures({ store, transaction, urlOf, shown }: PicturesDeps) {
  const pictureOf = ({ filename, type, size, created_at }: PictureRow): z.input<typeof Picture> => ({
    filename,
    url: urlOf(filename),
    type,
    bytes: size,
    uploadedAt: created_at,
  })

  /** @throws picture_rejected | too_many_pictures */
  async function upload(ctx: Ctx, file: FileBytes): Promise<z.input<typeof Picture>> {
    const chunks: Uint8Array[] = []
    for await (const chunk of file) chunks.push(chunk)
    const content = Buffer.concat(chunks)
    const type = typeOf(content)
    if (!type) throw new AuthError(E.picture_rejected)
    const row = {
      filename: `${sha256Hex(content).slice(0, 32)}.${endings[type]}`,
      type,
      size: content.length,
      created_at: ctx.at,
    }
    return transaction(ctx, async (tx) => {
      const isNew = await store(tx).insert({ ...row, content })
      const kept = await store(tx).list(mostPictures + 1)
      if (kept.length > mostPictures) throw new AuthError(E.too_many_pictures)
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
    const picture = await store(ctx).find(filename)
    if (!picture) throw new AuthError(kernelErrors.not_found)
    return { type: picture.type, name: filename, body: new Blob([picture.content]).stream() }
  }

  /** @throws not_found | picture_in_use */
  async function remove(ctx: Ctx, filename: string): Promise<void> {
    if ((await shown(ctx)).logoUrl === urlOf(filename)) throw new AuthError(E.picture_in_use)
    await transaction(ctx, async (tx) => {
      if (!(await store(tx).delete(filename))) throw new AuthError(kernelErrors.not_found)
      tx.emit('identity.picture.deleted', { data: { filename }, audit: { target: filename } })
    })
  }

  return { upload, list, show, remove }
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
