import { expect, test } from 'vitest'
import type { Ctx } from '../../kernel/ctx.ts'
import { createPictureMemory } from './memory.ts'

const ctxOf = (poolId: string) => ({ poolId }) as Ctx

test('many who ask at once for one picture are one question; what is not there is asked for again, and so is what was forgotten', async () => {
  const asked: string[] = []
  const memory = createPictureMemory(async (ctx, filename) => {
    asked.push(`${ctx.poolId} ${filename}`)
    await Promise.resolve()
    return filename === 'none.png' ? undefined : { type: 'image/png', content: new Uint8Array([1, 2]) }
  })
  const [main, other] = [ctxOf('main'), ctxOf('other')]
  const found = await Promise.all(Array.from({ length: 20 }, () => memory.find(main, 'a.png')))
  expect(new Set(found).size).toBe(1)
  await memory.find(other, 'a.png')
  expect([await memory.find(main, 'none.png'), await memory.find(main, 'none.png')]).toEqual([undefined, undefined])
  memory.forget(main, 'a.png')
  await memory.find(main, 'a.png')
  await memory.find(other, 'a.png')
  expect(asked).toEqual(['main a.png', 'other a.png', 'main none.png', 'main none.png', 'main a.png'])
})

test('a question that failed is asked again', async () => {
  let isAway = true
  const memory = createPictureMemory(async () => {
    if (isAway) throw new Error('the database is away')
    return { type: 'image/png', content: new Uint8Array([1]) }
  })
  await expect(memory.find(ctxOf('main'), 'a.png')).rejects.toThrow('away')
  isAway = false
  expect(await memory.find(ctxOf('main'), 'a.png')).toMatchObject({ type: 'image/png' })
})

test('who asked before a picture was forgotten is answered, and nothing of it is kept; nor does a crowd of others cost them their answer', async () => {
  const answers: (() => void)[] = []
  const memory = createPictureMemory(async (_ctx, filename) => {
    if (filename === 'slow.png') await new Promise<void>((resolve) => void answers.push(resolve))
    return { type: 'image/png', content: new Uint8Array(1_000_000) }
  })
  const main = ctxOf('main')
  const [early, late] = [memory.find(main, 'slow.png'), memory.find(ctxOf('other'), 'slow.png')]
  memory.forget(main, 'slow.png')
  for (let nr = 0; nr < 20; nr += 1) await memory.find(main, `${nr}.png`)
  for (const answer of answers) answer()
  expect((await Promise.all([early, late])).map((found) => found?.type)).toEqual(['image/png', 'image/png'])
  const again = memory.find(main, 'slow.png')
  expect(answers).toHaveLength(3)
  answers[2]?.()
  await again
})
