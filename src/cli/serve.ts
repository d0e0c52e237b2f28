import type { Command } from 'commander'
import type { RunningServer } from '../server.ts'
import { announce } from './announce.ts'
import { type Flags, leaf, preparedFor } from './command.ts'
import { printFailure } from './output.ts'

/** `keywright serve`. */
export const serveCommand = (): Command =>
  leaf('serve', 'serve people; --dev on your own machine')
    .option('--dev', 'development: generate a secret, migrate, show documents')
    .option('--demo', 'with --dev: an empty database gets made-up people and a month of what they did')
    .action(serve)

/** Serves until the process is told to stop. */
export async function serve(flags: Flags): Promise<void> {
  const dev = flags.dev === true
  const needs = dev
    ? ({ secret: 'generate', database: 'make', development: true } as const)
    : ({ secret: 'given', database: 'make' } as const)
  const { config, data, settings } = await preparedFor(flags, needs)
  const { adminEmail, adminPassword, logLevel } = settings.of
  const [{ pino, stdSerializers }, { startServer }] = await Promise.all([import('pino'), import('../server.ts')])
  const logger = pino({ level: logLevel.value ?? 'info', serializers: { error: stdSerializers.err } })
  const server = await startServer({
    ...config,
    demo: flags.demo === true,
    migrate: dev || (config.migrate ?? false),
    logger,
    firstAdmin: {
      ...(adminEmail.value !== undefined && { identifier: adminEmail.value }),
      ...(adminPassword.value !== undefined && { password: adminPassword.value }),
      handOver: async (credentials) => data.writeAdminNote(credentials),
    },
  })
  stopOnSignal(server, flags.json)
  // A boot that died before its commit left a note about somebody who does not exist.
  const note = data.findAdminNote()
  if (note && !(await server.hasUser(note.userId))) data.removeAdminNote()
  server.auth.on('identity.auth.login.success', ({ userId }) => {
    if (data.findAdminNote()?.userId === userId) data.removeAdminNote()
  })
  const { location } = config.options.storage
  const { url, panelUrl, docsUrl, inboxUrl } = server
  announce({ dev, url, panelUrl, docsUrl, inboxUrl, location, data, json: flags.json, logger })
}

/** A terminal and the process above may both pass on one Ctrl+C; this much later it is a second one. */
const impatientMs = 500

/** Stops politely at the first signal and at once at the second. A stop that fails is a failure of the process. */
function stopOnSignal(server: RunningServer, json: boolean | undefined): void {
  let stoppedAt: number | undefined
  const stop = (): void => {
    const now = performance.now()
    if (stoppedAt !== undefined) {
      if (now - stoppedAt > impatientMs) process.exit(1)
      return
    }
    stoppedAt = now
    server.close().then(
      () => process.exit(0),
      (error: unknown) => process.exit(printFailure(json === true, error)),
    )
  }
  process.on('SIGTERM', stop).on('SIGINT', stop)
}
