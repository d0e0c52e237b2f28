import { test } from 'vitest'
import express from 'express'
import { toNodeListener } from './node.ts'
import { testCore } from './test-core.ts'
test('x', async () => {
  const bad: unknown[] = []
  for (let i = 0; i < 150; i++) {
    const { core, logged } = testCore({limits: false})
    const app = express()
    if (i % 2) app.use(express.json())
    if (i % 3) app.use(toNodeListener(core.handle, core.owns)); else app.use('/auth', toNodeListener(core.handle, core.owns))
    app.use((e: any, _q: any, r: any, _n: any) => { bad.push(e); r.status(500).end('x') })
    const s = app.listen(0)
    const url = `http://127.0.0.1:${(s.address() as any).port}`
    const all = await Promise.all(Array.from({length: 8}, async (_, k) => {
      const r = k % 2 ? await fetch(`${url}/auth/nothing`) : await fetch(`${url}/auth/login`, {method:'POST', headers:{'content-type':'application/json'}, body:'{"name":"a"}'})
      return r.status + (r.headers.get('content-type') ?? '')
    }))
    const odd = all.filter(x => !x.startsWith('200app') && !x.startsWith('404application/problem'))
    if (odd.length || logged.length) bad.push([i, odd, logged])
    await new Promise(d => s.close(d))
  }
  console.log('BAD', bad.length, bad.slice(0, 4))
}, 60000)
