import { api } from '../../data/api.ts'
import type { SaidSetting, settingsTexts } from './texts.ts'

export const settingsQuery = { queryKey: ['settings'], queryFn: () => api.settings.list() }

export type Setting = Awaited<ReturnType<typeof api.settings.list>>['settings'][number]
export type Value = Setting['value']
export type Words = (typeof settingsTexts)['en']

/** What a setting is called and decides, in the language in use where we have words for it. */
export const said = ({ name, label, summary, schema }: Setting, t: Words): SaidSetting => {
  const takes = typeof schema.description === 'string' ? schema.description : undefined
  return t.said[name] ?? { label, summary, takes }
}

/** A value of a setting as people read it. */
export function spelled({ name }: Setting, value: Value, t: Words): string {
  const word = typeof value === 'string' ? t.said[name]?.values?.[value] : undefined
  if (word !== undefined) return word
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
