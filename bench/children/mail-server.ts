/**
 * A mail server: `answers` takes every mail and answers, when asked, how many; `hangs` accepts connections and never says a word. Started by
 * `benchmarks/mail.ts`.
 *
 * @module
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { SMTPServer } from 'smtp-server'

let taken = 0

function answering(): Server {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      stream.resume()
      stream.once('end', () => {
        taken += 1
        done()
      })
    },
  })
  server.on('error', () => {}) // a client that goes away is its own affair
  server.listen(0, '127.0.0.1')
  return server.server
}

const hanging = (): Server => createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1')

const server = process.argv[2] === 'hangs' ? hanging() : answering()
await once(server, 'listening')
process.on('message', () => process.send?.(taken))
process.once('disconnect', () => process.exit())
process.send?.((server.address() as AddressInfo).port)
