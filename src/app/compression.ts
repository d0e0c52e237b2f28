/**
 * Files of ours as a browser takes them: brotli or gzip where it says so (RFC 9110 §12.5.3), made once a process.
 *
 * Invariant: only files of the build come here. What answers say of people is never compressed beside what a stranger chose (BREACH).
 *
 * @module
 */
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

type Coding = 'br' | 'gzip'

/** Little more than gzip costs; the last levels take seconds. */
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT } }
const compress: Readonly<Record<Coding, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, brotli),
  gzip: promisify(gzip),
}

/** The best coding that a browser names; one that is only among `*` is left alone. */
export function codingFor(acceptEncoding: string | null): Coding | undefined {
  const named = new Set(
    (acceptEncoding ?? '').split(',').flatMap((part) => {
      const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
      return parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)) ? [] : [name]
    }),
  )
  return (['br', 'gzip'] as const).find((coding) => named.has(coding))
}

/** Builds what compresses files, and remembers them by name: a name never stands for other content. */
export function createCompressor() {
  const done = new Map<string, Promise<Uint8Array>>()
  return (name: string, coding: Coding, bytes: Uint8Array): Promise<Uint8Array> => {
    const key = `${coding} ${name}`
    const known = done.get(key)
    if (known) return known
    const made = compress[coding](bytes)
    done.set(key, made)
    made.catch(() => done.delete(key)) // whoever asked hears of it, the next one tries anew
    return made
  }
}
