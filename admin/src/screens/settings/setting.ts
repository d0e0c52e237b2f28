import { api } from '../../data/api.ts'
import type { SaidSetting, settingsTexts } from './texts.ts'

export const settingsQuery = { queryKey: ['settings'], queryFn: () => api.settings.list() }

export type Setting = Awaited<ReturnType<typeof api.settings.list>>['settings'][number]
export type Value = Setting['value']
type Words = (typeof settingsTexts)['en']

/** What a setting is called and decides, in the language in use where we have words for it. */
export const said = ({ name, label, summary }: Setting, t: Words): SaidSetting => t.said[name] ?? { label, summary }

/** A value as people read it. */
export function spelled(value: Value, t: Words): string {
  if (value === true) return t.on
  if (value === false) return t.off
  if (value === '' || value === null) return t.nothing
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)
}

/** What is typed into a field, for a value. */
export const written = (value: Value, type: Setting['type']): string =>
  type === 'json' ? JSON.stringify(value, null, 2) : typeof value === 'string' || typeof value === 'number' ? String(value) : ''

/** What was typed, as a value. @returns undefined when it is none */
export function read(text: string, type: Setting['type']): Value | undefined {
  if (type === 'text' || type === 'duration') return text.trim()
  if (type === 'number') return text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text)
  try {
    return JSON.parse(text) as Value
  } catch {
    return undefined
  }
}

/** The limits a number has. */
export function limitsOf({ schema }: Setting): { least?: number; most?: number } {
  const { minimum, maximum } = schema
  return {
    ...(typeof minimum === 'number' && Math.abs(minimum) < Number.MAX_SAFE_INTEGER && { least: minimum }),
    ...(typeof maximum === 'number' && Math.abs(maximum) < Number.MAX_SAFE_INTEGER && { most: maximum }),
  }
}
