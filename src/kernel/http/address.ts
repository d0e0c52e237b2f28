/**
 * Whose address a request came from.
 *
 * Invariant: a header is believed only when a configured proxy sent it. `X-Forwarded-For` is read from right to left, over trusted hops only,
 * so what a client writes into it never changes the bucket it is counted in (OWASP ASVS 5.0 V15.3.4).
 *
 * @module
 */
import ipaddr from 'ipaddr.js'
import { BootError } from '../config/boot-error.ts'

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Finds the client's address: `peer` is the socket's, `forwarded` the `X-Forwarded-For` header. */
export type AddressReader = (peer: string | undefined, forwarded: string | undefined) => string | undefined

/**
 * Builds the reader for a list of trusted proxies, as addresses or CIDR ranges.
 *
 * @throws BootError for an entry that is neither
 */
export function createAddressReader(trustProxy: readonly string[]): AddressReader {
  const ranges = trustProxy.map(rangeOf)
  return (peer, forwarded) => {
    let address = parseAddress(peer)
    const hops = forwarded?.split(',') ?? []
    while (address && hops.length > 0 && isTrusted(address, ranges)) {
      const next = parseAddress(hops.pop())
      if (!next) break // a trusted proxy wrote something unreadable: its own address is the last one known
      address = next
    }
    return address?.toString()
  }
}

/** The bucket of an address: itself for IPv4, its /64 for IPv6, one for everybody whose address is not known. */
export function prefixOf(ip: string | undefined): string {
  const address = parseAddress(ip)
  if (!address) return 'unknown'
  if (address instanceof ipaddr.IPv4) return `${address.toString()}/32`
  const network = new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0])
  return `${network.toString()}/64`
}

/** The network of an address, as what may be kept of it: the first 24 bits of IPv4, 48 of IPv6; `undefined` for what is none. */
export function networkOf(ip: string): string | undefined {
  const address = parseAddress(ip)
  if (address instanceof ipaddr.IPv4) return new ipaddr.IPv4([...address.octets.slice(0, 3), 0]).toString()
  return address && new ipaddr.IPv6([...address.parts.slice(0, 3), 0, 0, 0, 0, 0]).toString()
}

/** Parses an address with or without port, brackets and zone; IPv4-mapped ones become IPv4. */
function parseAddress(text: string | undefined): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const bare = text?.trim().match(/^\[([^\]]+)\](?::\d+)?$|^(\d+\.\d+\.\d+\.\d+)(?::\d+)?$|^([^\s[\]]+)$/)
  const host = (bare?.[1] ?? bare?.[2] ?? bare?.[3])?.split('%', 1)[0]
  if (host === undefined) return undefined
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return ipaddr.IPv4.parse(host)
  return ipaddr.IPv6.isValid(host) ? ipaddr.process(host) : undefined
}

function rangeOf(entry: string): Range {
  const [host, bits, ...rest] = entry.split('/')
  const address = parseAddress(host)
  const width = address instanceof ipaddr.IPv4 ? 32 : 128
  const size = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN
  if (!address || rest.length > 0 || !(size <= width)) {
    throw new BootError(
      `trustProxy: "${entry}" is not an address or a CIDR range`,
      "Name each proxy like '10.0.0.0/8' or '127.0.0.1'.",
    )
  }
  return [address, size]
}

const isTrusted = (address: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly Range[]): boolean =>
  ranges.some(([range, size]) => range.kind() === address.kind() && address.match(range, size))
