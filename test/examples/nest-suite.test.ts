import { join } from 'node:path'
import { describe, inject } from 'vitest'
import { adapterSuite } from '../adapters/suite.ts'
import { startProcess } from './process.ts'

const hosts = join(inject('examples'), 'nest-hosts')

for (const platform of ['express', 'fastify']) {
  for (const [name, ...prefix] of [[`nest on ${platform}`], [`nest on ${platform}, with a global prefix`, 'api']] as const) {
    describe(name, () => {
      adapterSuite({
        name,
        async start(kind) {
          const { line } = await startProcess(hosts, ['dist/host.js', kind, platform, ...prefix], /^http:/)
          return line
        },
      })
    })
  }
}
