/**
 * The colour of an application on our pages, light and dark.
 *
 * Invariant: whatever colour it is, text on it and in it can be read: contrast is at least 4.5 to 1 (WCAG 2.2, 1.4.3). A colour that has too
 * little is made darker, or lighter in the dark, until it has.
 *
 * @module
 */

type Rgb = readonly [number, number, number]

const black: Rgb = [0, 0, 0]
const white: Rgb = [255, 255, 255]
const ink: Rgb = [12, 15, 22]
/** What links stand on, as the style sheet has it. */
const grounds = { light: ['#ffffff', '#f8f9fc'], dark: ['#1a1d25', '#12151c'] } as const
const enough = 4.5

/** Rules that go behind those of the sheet. @param color six digits behind a hash; empty where none is set */
export function themeOf(color: string): string {
  if (color === '') return ''
  const given = read(color)
  const light = readable(given, black, grounds.light)
  const dark = readable(given, white, grounds.dark)
  return `:root { ${rules(light, mix(light, black, 0.2), white, mix(given, white, 0.85))} }
@media (prefers-color-scheme: dark) { :root { ${rules(dark, mix(dark, white, 0.3), ink, mix(given, read('#101218'), 0.8))} } }
`
}

const rules = (accent: Rgb, hover: Rgb, on: Rgb, glow: Rgb): string =>
  `--accent: ${write(accent)}; --accent-2: ${write(hover)}; --on-accent: ${write(on)}; --glow: ${write(glow)}`

function readable(color: Rgb, towards: Rgb, on: readonly string[]): Rgb {
  for (let share = 0; share < 1; share += 0.02) {
    const tried = mix(color, towards, share)
    if (on.every((ground) => contrast(tried, read(ground)) >= enough)) return tried
  }
  return towards
}

const read = (color: string): Rgb => {
  const value = Number.parseInt(color.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}
const write = (color: Rgb): string => `#${color.map((part) => part.toString(16).padStart(2, '0')).join('')}`
const mix = (one: Rgb, other: Rgb, share: number): Rgb =>
  one.map((part, at) => Math.round(part + ((other[at] ?? 0) - part) * share)) as unknown as Rgb

/** WCAG 2.2, "contrast ratio". */
export function contrast(one: Rgb, other: Rgb): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

function luminance(color: Rgb): number {
  const [red = 0, green = 0, blue = 0] = color.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
