import type { Command } from 'commander'
import { pino, stdSerializers } from 'pino'
import { product } from '../kernel/product.ts'
import { startServer } from '../server.ts'
import { type Flags, leaf, settingsOf } from './command.ts'
import type { DataDir } from './data-dir.ts'
import { box, print } from './output.ts'
import { prepare } from './server-config.ts'

/** `keywright serve`. */
export const serveCommand = (): Command =>
  leaf('serve', 'serve people; --dev on your own machine')
    .option('--dev', 'development: generate a secret, migrate, show documents')
    .action(serve)

/** Serves until the process is told to stop. */
export async function serve(flags: Flags): Promise<void> {
  const dev = flags.dev === true
  const settings = await settingsOf(flags)
  const { config, data } = prepare(settings, dev ? 'generate' : 'given')
  const { adminEmail, adminPassword, logLevel } = settings.of
  const logger = pino({ level: logLevel.value ?? 'info', serializers: { error: stdSerializers.err } })
  for (const name of settings.unknown) logger.warn({ name }, 'the environment sets what is no setting of this version')
  const server = await startServer({
    ...config,
    migrate: dev || (config.migrate ?? false),
    logger,
    firstAdmin: {
      ...(adminEmail.value !== undefined && { identifier: adminEmail.value }),
      ...(adminPassword.value !== undefined && { password: adminPassword.value }),
      handOver: async (credentials) => data.writeAdminNote(credentials),
    },
  })
  const forget = server.auth.on('identity.auth.login.success', ({ userId }) => {
    if (data.findAdminNote()?.userId === userId) data.removeAdminNote()
  })
  const stop = (): void => {
    void server.close().then(() => {
      forget()
      process.exit(0)
    })
  }
  process.once('SIGTERM', stop).once('SIGINT', stop)
  announce({ dev, url: server.url, basePath: config.options.http?.basePath ?? '/auth', data, json: flags.json, logger })
}

interface Announcement {
  readonly dev: boolean
  readonly url: string
  readonly basePath: string
  readonly data: DataDir
  readonly json: boolean | undefined
  readonly logger: { info(details: object, message: string): void }
}

/** Says where the server is: to a person in a box, to a machine in a log line. A password is shown to a terminal only, and once. */
function announce({ dev, url, basePath, data, json, logger }: Announcement): void {
  const terminal = process.stdout.isTTY === true
  const note = data.findAdminNote()
  if (!dev && !terminal) {
    logger.info({ url, ...(note && { firstAdmin: data.adminNotePath }) }, 'listening')
    return
  }
  const docs = dev ? `${url}${basePath.replace(/\/+$/, '')}/docs` : undefined
  const admin = note
    ? [`Admin     ${note.identifier}`, `Password  ${terminal ? note.password : `in ${data.adminNotePath}`}`]
    : [`Admin     known; to reset: ${product.name} users reset-password`]
  const lines = [
    `${product.title} ${product.version}`,
    '',
    `URL       ${url}`,
    ...(docs === undefined ? [] : [`API docs  ${docs}`]),
    ...admin,
    `Data      ${data.path}`,
    '',
    'Stop with Ctrl+C.',
  ]
  print(json, { url, docs, admin: note?.identifier, adminNote: note && !terminal ? data.adminNotePath : undefined }, () =>
    box(lines),
  )
  if (terminal && !json) data.removeAdminNote()
}
