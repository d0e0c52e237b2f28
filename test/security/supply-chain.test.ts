import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

interface Locked {
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
  readonly name?: string
  readonly integrity?: string
}

const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const packages = Object.entries(lock.packages).filter(([path]) => path !== '')

describe('supply chain', () => {
  test('a hijacked dependency runs no code while we are being installed: no runtime dependency has an install script', () => {
    const scripted = packages.filter(([, locked]) => locked.hasInstallScript && !locked.dev).map(([path]) => path)
    expect(scripted).toEqual([])
  })

  test('a tarball swapped at the registry does not install: every package is locked by a digest', () => {
    const unlocked = packages.filter(([, locked]) => !/^sha512-/.test(locked.integrity ?? '')).map(([path]) => path)
    expect(unlocked).toEqual([])
  })

  test('install-time telemetry stays out: @scarf/scarf is replaced by an empty package', () => {
    expect(lock.packages['node_modules/@scarf/scarf']).toMatchObject({ name: 'empty-npm-package' })
  })
})
