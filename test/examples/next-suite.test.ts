import { join } from 'node:path'
import { describe, inject } from 'vitest'
import { adapterSuite } from '../adapters/suite.ts'
import { startProcess } from './process.ts'

const host = join(inject('examples'), 'next-host')
const command = ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1']

describe('next, built', () => {
  adapterSuite({
    name: 'next, built',
    async start(kind) {
      const { port } = await startProcess(host, command, /Ready in/, { KIND: kind })
      return `http://127.0.0.1:${port}`
    },
  })
})
