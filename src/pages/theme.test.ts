import { expect, test } from 'vitest'
import { contrast, themeOf } from './theme.ts'

const read = (hex: string) =>
  [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as [number, number, number]

test('whatever the colour, text on it and in it can be read, light and dark', () => {
  for (let value = 0; value <= 0xffffff; value += 0x0a3f17) {
    const color = `#${value.toString(16).padStart(6, '0')}`
    const sheet = [...themeOf(color).matchAll(/--accent: (#\w{6}); --accent-2: (#\w{6}); --on-accent: (#\w{6})/g)]
    expect(sheet).toHaveLength(2)
    for (const [at, [, accent = '', hover = '', on = '']] of sheet.entries()) {
      const card = at === 0 ? '#ffffff' : '#1a1d25'
      for (const [text, ground] of [
        [accent, card],
        [on, accent],
        [on, hover],
      ] as const)
        expect(contrast(read(text), read(ground)), `${color}: ${text} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
  }
})
