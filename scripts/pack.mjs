/**
 * Packs the package as it would be published.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Makes the tarball in a folder of its own, hands it to `use`, and removes both.
 *
 * @param use gets the tarball's path and the folder it is in
 */
export function withTarball(use) {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-pack-'))
  try {
    const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return use(join(folder, JSON.parse(packed)[0].filename), folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
