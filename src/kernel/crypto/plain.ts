/**
 * Digests over bytes as they are, without a frame and a purpose: for what other systems compute too, and for names of what is no secret. Whatever
 * else is ours alone uses `random.ts`.
 *
 * @module
 */
import * as node from 'node:crypto'

/** RFC 2104, over the bytes of a text in UTF-8. */
export const hmacSha256 = (secret: string, text: string): Buffer => node.createHmac('sha256', secret).update(text).digest()

/** SHA-256 of bytes, or of a text in UTF-8, as hexadecimal digits. Never a password hash of its own. */
export const sha256Hex = (content: string | Uint8Array): string => node.createHash('sha256').update(content).digest('hex')
