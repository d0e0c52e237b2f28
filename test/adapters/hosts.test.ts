import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sqlite } from 'keywright/sqlite'
import { describe, onTestFinished } from 'vitest'
import { silentLogger } from '../../src/kernel/ambient/ambient.ts'
import { houseOn } from '../flows/house.ts'
import { mounts } from './hosts.ts'
import { adapterSuite } from './suite.ts'
import { withTicks } from './ticks.ts'

for (const { name, mount, basePath = '/auth' } of mounts) {
  describe(name, () => {
    adapterSuite({
      name,
      basePath,
      async start(kind) {
        const storage = sqlite(kind === 'working' ? ':memory:' : '/dev/null/identity.db')
        const { auth } = houseOn(storage, { infra: { logger: silentLogger }, http: { basePath, docs: true } })
        const server = createServer(await mount(withTicks(auth)))
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        onTestFinished(async () => {
          server.closeAllConnections()
          await new Promise((resolve) => server.close(resolve))
          await auth.close()
        })
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      },
    })
  })
}
