import { join } from 'node:path'
import { describe, inject } from 'vitest'
import { adapterSuite } from '../adapters/suite.ts'
import { startProcess } from './process.ts'

const nest = join(inject('examples'), 'nest')

for (const [name, ...prefix] of [['nest'], ['nest, with a global prefix', 'api']] as const) {
  describe(name, () => {
    adapterSuite({
      name,
      async start(kind) {
        const { line } = await startProcess(nest, ['dist/host.js', kind, ...prefix], /^http:/)
        return line
      },
    })
  })
}
