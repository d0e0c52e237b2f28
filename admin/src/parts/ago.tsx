import { Text, Tooltip } from '@mantine/core'
import { useSyncExternalStore } from 'react'
import type { Language } from '../messages/language.ts'
import { useFrameTexts, useLanguage } from '../messages/use-texts.tsx'

const steps = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** One tick a half-minute for every time on the screen. */
const tick = {
  now: Date.now(),
  subscribe(listener: () => void): () => void {
    // Rows that come and go within a tick never see one, and what just happened would seem to come.
    if (Date.now() - tick.now > 1_000) tick.now = Date.now()
    const timer = setInterval(() => {
      tick.now = Date.now()
      listener()
    }, 30_000)
    return () => clearInterval(timer)
  },
  get: () => tick.now,
}

/** English of Britain or of America, as the browser has it, where that is the language of the panel. */
export const regional = (language: Language): string =>
  navigator.languages.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language

function inWords(at: number, now: number, language: Language, justNow: string): string {
  const seconds = Math.round((at - now) / 1000)
  const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? []
  if (!unit || !size) return justNow
  return new Intl.RelativeTimeFormat(regional(language), { numeric: 'auto' }).format(Math.trunc(seconds / size), unit)
}

/** An instant in full, in the zone of whoever looks. */
export const inFull = (at: string, language: Language): string =>
  new Intl.DateTimeFormat(regional(language), { dateStyle: 'long', timeStyle: 'long' }).format(new Date(at))

/** The hour of an instant that is near, in the zone of whoever looks. */
export const onClock = (at: string, language: Language): string =>
  new Intl.DateTimeFormat(regional(language), { timeStyle: 'short' }).format(new Date(at))

/** How long ago, or how soon; the whole instant on hover and focus. */
export function Ago({ at, never }: { at: string | null | undefined; never?: string }) {
  const { language } = useLanguage()
  const t = useFrameTexts()
  const now = useSyncExternalStore(tick.subscribe, tick.get)
  if (!at)
    return (
      <Text component="span" inherit c="dimmed">
        {never ?? t.time.never}
      </Text>
    )
  return (
    <Tooltip label={inFull(at, language)}>
      <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
        {inWords(Date.parse(at), Math.max(now, tick.now), language, t.time.justNow)}
      </time>
    </Tooltip>
  )
}
