/**
 * A house that listens and tells how late its event loop runs. Started by `benchmarks/flood.ts`.
 *
 * `lateness` starts a measurement anew and answers the 99th percentile of the one before, in milliseconds.
 *
 * @module
 */
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createAuth } from 'keywright'
import { toNode } from 'keywright/node'
import { startServer } from 'keywright/server'
import { sqlite } from 'keywright/sqlite'
import { optionsOn, registerWithTokens } from '../house.ts'

const [mode = '', path = '', port = ''] = process.argv.slice(2)
const options = optionsOn(sqlite(path))
const resolutionMs = 1

async function embedded() {
  const auth = createAuth(options)
  await auth.ready()
  const { routes } = toNode(auth)
  const server = createServer((req, res) => routes(req, res)).listen(Number(port), '127.0.0.1')
  return { auth, close: async () => void server.close(() => auth.close()) }
}

const { auth, close } =
  mode === 'standalone' ? await startServer({ options, port: Number(port), production: true, migrate: true }) : await embedded()
const { accessToken } = await registerWithTokens(auth, 'probe@example.com')
const delay = monitorEventLoopDelay({ resolution: resolutionMs })
delay.enable()

process.on('message', (ask) => {
  if (ask === 'lateness') {
    // The histogram holds whole gaps between two ticks; what a gap was meant to be is not lateness.
    process.send?.(Math.max(0, delay.percentile(99) / 1e6 - resolutionMs))
    delay.reset()
  }
})
process.once('disconnect', () => {
  delay.disable()
  void close()
})
process.send?.({ accessToken })
