/**
 * The smallest HTTP/1.1 client: one kept-alive socket, one request at a time. Node's own client would use more of the machine than what
 * is measured.
 *
 * Not here: chunked answers and answers without a length, which nothing that is measured sends.
 *
 * @module
 */
import { once } from 'node:events'
import { connect } from 'node:net'

/** One socket. */
export interface Connection {
  /** Sends a whole request. @returns the status of its answer */
  send(request: string): Promise<number>
  close(): void
}

/** Connects to a server on this machine. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let pending: { resolve(status: number): void; reject(error: Error): void } | undefined
  let received = ''
  const settle = (outcome: number | Error) => {
    const waiting = pending
    pending = undefined
    if (outcome instanceof Error) waiting?.reject(outcome)
    else waiting?.resolve(outcome)
  }
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    const answer = readAnswer(received)
    if (answer === undefined) return
    received = received.slice(answer.length)
    settle(answer.status)
  })
  socket.on('error', settle)
  socket.on('close', () => settle(new Error('the server closed the connection')))
  return {
    send(request) {
      return new Promise((resolve, reject) => {
        pending = { resolve, reject }
        socket.write(request)
      })
    },
    close: () => void socket.destroy(),
  }
}

/** @returns `undefined` while the answer is not complete */
function readAnswer(text: string): { readonly status: number; readonly length: number } | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const bodyLength = /\r\ncontent-length: (\d+)\r\n/i.exec(text.slice(0, end + 2))?.[1]
  if (bodyLength === undefined) throw new Error(`an answer without a length: ${text.slice(0, end)}`)
  const length = end + 4 + Number(bodyLength)
  return text.length < length ? undefined : { status: Number(text.slice(9, 12)), length }
}

/** The text of a request. */
export function requestText(method: string, path: string, headers: Readonly<Record<string, string>>, body = ''): string {
  const all = {
    host: '127.0.0.1',
    ...headers,
    ...(body !== '' && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
