import { type Command, Option } from 'commander'
import { type Flags, leaf, preparedFor } from './command.ts'

/** `keywright openapi`. Opens no database. */
export const openapiCommand = (): Command =>
  leaf('openapi', 'the OpenAPI document')
    .addOption(new Option('--version <version>').choices(['3.1', '3.0']).default('3.1'))
    .action(async (flags: Flags & { version: '3.1' | '3.0' }) => {
      const { config } = await preparedFor(flags, { secret: 'none', database: 'make' })
      const [{ openHouse }, { sqlite }] = await Promise.all([import('../server.ts'), import('../sqlite.ts')])
      const http = { ...config.options.http, docs: true }
      const house = openHouse({ ...config, options: { ...config.options, http, storage: sqlite(':memory:') } })
      const document = await house.openApi(flags.version)
      process.stdout.write(`${JSON.stringify(document, null, flags.json ? undefined : 2)}\n`)
      await house.close()
    })
