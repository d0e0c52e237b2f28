#!/usr/bin/env node
/**
 * The command line. One file per command; this one only knows their names, and turns what they throw into an exit code.
 *
 * @module
 */
import { Command, CommanderError } from 'commander'
import { product } from '../kernel/product.ts'
import { auditCommand } from './audit.ts'
import { configCommand } from './config.ts'
import { devCommand } from './dev.ts'
import { doctorCommand } from './doctor.ts'
import { jobsCommand } from './jobs.ts'
import { keysCommand } from './keys.ts'
import { migrateCommand } from './migrate.ts'
import { openapiCommand } from './openapi.ts'
import { exitCodes, printFailure } from './output.ts'
import { secureAuthCommand } from './secure-auth.ts'
import { serveCommand } from './serve.ts'
import { sessionsCommand } from './sessions.ts'
import { storedSettingsCommand } from './stored-settings.ts'
import { usersCommand } from './users.ts'

// Positional: behind a command, --version is that command's own.
const program = new Command(product.name).version(product.version).enablePositionalOptions()
const commands = [
  devCommand(),
  serveCommand(),
  migrateCommand(),
  keysCommand(),
  usersCommand(),
  sessionsCommand(),
  auditCommand(),
  jobsCommand(),
  storedSettingsCommand(),
  configCommand(),
  doctorCommand(),
  openapiCommand(),
  secureAuthCommand(),
]
for (const command of commands) program.addCommand(command)
for (const command of commands.flatMap((one) => [one, ...one.commands])) command.exitOverride()

/** Key ids are base64url digests: one in 64 begins with a dash and would be read as an option. Behind `--` nothing is. */
function withKeyIdsLast(argv: readonly string[]): string[] {
  const isKeyId = (word: string): boolean => /^-[\w-]{42}$/.test(word)
  const ids = argv.filter(isKeyId)
  return ids.length === 0 ? [...argv] : [...argv.filter((word) => !isKeyId(word)), '--', ...ids]
}

try {
  await program.exitOverride().parseAsync(withKeyIdsLast(process.argv))
} catch (error) {
  // Commander has said why; asking for help or the version is no mistake.
  process.exitCode =
    error instanceof CommanderError ? error.exitCode && exitCodes.usage : printFailure(process.argv.includes('--json'), error)
}
