/**
 * Digests as other systems compute them, for what they have to read: over the bytes as they are, without a frame and a purpose. What is ours alone
 * uses `random.ts`.
 *
 * @module
 */
import * as node from 'node:crypto'

/** RFC 2104, over the bytes of a text in UTF-8. */
export const hmacSha256 = (secret: string, text: string): Buffer => node.createHmac('sha256', secret).update(text).digest()

/** SHA-256 of a text in UTF-8, as hexadecimal digits. */
export const sha256Hex = (text: string): string => node.createHash('sha256').update(text).digest('hex')
