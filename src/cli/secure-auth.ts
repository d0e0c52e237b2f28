import { Command } from 'commander'
import type { KeyFileOptions } from '../secure-auth.ts'
import { group } from './command.ts'
import { print, UsageError } from './output.ts'

/** `keywright secure-auth`: for users of the face of that name. It needs no server and no settings. */
export const secureAuthCommand = (): Command => group('secure-auth', 'for applications on `AuthService`', [init()])

const init = (): Command =>
  new Command('init')
    .description('make the key pair in files, and name them in .env')
    .option('--out <folder>', 'where the files go (default: .secure-auth)')
    .option('--force', 'put new keys in the place of those that are there')
    .option('--json', 'answer in JSON')
    .action(async ({ json, ...options }: KeyFileOptions & { readonly json?: boolean }) => {
      const { initKeys } = await import('../secure-auth.ts')
      const { made, ...files } = initKeys(options)
      if (!made)
        throw new UsageError(`there are keys already: ${files.privateKeyFile}; --force replaces them and ends every session`)
      print(json, files, () => [
        `private key  ${files.privateKeyFile}`,
        `public key   ${files.publicKeyFile}`,
        `.env         ${files.added.length > 0 ? `names ${files.added.join(' and ')}` : 'names them already, unchanged'}`,
      ])
    })
