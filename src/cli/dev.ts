import type { Command } from 'commander'
import { leaf } from './command.ts'
import { serve } from './serve.ts'

/** `keywright dev`: `serve --dev`. */
export const devCommand = (): Command =>
  leaf('dev', 'serve on this machine')
    .option('--demo', 'an empty database gets made-up people and a month of what they did')
    .action((flags) => serve({ ...flags, dev: true }))
