import { createHash } from 'node:crypto'

/** SHA-1 as capitals of hex: the form lists of breached passwords are looked up by. It protects nothing, and nothing else is made of it. */
export const sha1Hex = (text: string): string => createHash('sha1').update(text, 'utf8').digest('hex').toUpperCase()
