import { z } from 'zod'
import { contract, endpoint } from '../../kernel/contract/endpoint.ts'
import { defineErrors, kernelErrors } from '../../kernel/contract/errors.ts'
import { type EventsOf, event } from '../../kernel/contract/event.ts'
import { download, fileBody } from '../../kernel/contract/file.ts'
import { instant } from '../../kernel/contract/schema.ts'

export const E = defineErrors({
  picture_rejected: {
    status: 400,
    title: 'The file is no picture that can be shown',
    help: 'Send a PNG, a JPEG, a GIF or a WebP; an SVG can carry script.',
  },
  picture_in_use: { status: 409, title: 'The picture is in use', help: 'Set another one, or none, in `pages.logoUrl` first.' },
  too_many_pictures: { status: 409, title: 'There are as many pictures as are kept', help: 'Delete one first.' },
})

/** The end of a picture's name by the media type it is sent with. */
export const endings = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'image/webp': 'webp' } as const

/** Media types of pictures. */
export type PictureType = keyof typeof endings

const types = Object.keys(endings) as [PictureType, ...PictureType[]]

/** A name says what is in the picture, so that what stands under it never changes. */
const named = z.object({ filename: z.string().regex(/^[\da-f]{32}\.(?:png|jpg|gif|webp)$/) })

/** A picture that pages can show. */
export const Picture = z.object({
  filename: z.string(),
  /** Its path on this origin, as settings take it. */
  url: z.string(),
  type: z.enum(types),
  bytes: z.number().int(),
  uploadedAt: instant(),
})

export const picturesEvents = {
  'identity.picture.uploaded': event({
    summary: 'An operator uploaded a picture for pages',
    data: z.object({ filename: z.string(), type: z.enum(types), bytes: z.number().int() }),
    audit: true,
  }),
  'identity.picture.deleted': event({
    summary: 'An operator deleted a picture',
    data: z.object({ filename: z.string() }),
    audit: true,
  }),
}

declare module '../../kernel/contract/event.ts' {
  interface EventCatalogue extends EventsOf<typeof picturesEvents> {}
}

const yearSeconds = 31_536_000

export const picturesContract = contract(
  'pictures',
  {
    show: endpoint({
      method: 'GET',
      path: '/ui/assets/uploads/:filename',
      access: 'public',
      summary: 'A picture that an operator uploaded for pages',
      params: named,
      download: true,
      returns: download(),
      cacheSeconds: yearSeconds,
      errors: [kernelErrors.not_found],
    }),
  },
  picturesEvents,
)

export const maxBytes = 1_000_000

export const picturesAdminContract = contract('pictures', {
  list: endpoint({
    method: 'GET',
    path: '/admin/api/upload/files',
    access: { operator: 'inspect' },
    summary: 'Pictures for pages, newest first',
    returns: z.object({ files: z.array(Picture), nextCursor: z.string().nullable() }),
  }),
  upload: endpoint({
    method: 'POST',
    path: '/admin/api/upload/logo',
    access: { operator: 'manage' },
    summary: 'Keep a picture for pages; what it is its first bytes say. The same picture once more is the one that is there',
    upload: { types: [...types, 'application/octet-stream'], maxBytes },
    body: fileBody(),
    status: 201,
    returns: Picture,
    errors: [E.picture_rejected, E.too_many_pictures, kernelErrors.payload_too_large],
  }),
  delete: endpoint({
    method: 'DELETE',
    path: '/admin/api/upload/:filename',
    access: { operator: 'manage' },
    summary: 'Delete a picture that pages do not show',
    params: named,
    errors: [kernelErrors.not_found, E.picture_in_use],
  }),
})
