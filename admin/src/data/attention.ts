/**
 * Whether somebody is there.
 *
 * What a page asks by itself is use of the session to the server, so a page that is left open would keep it for twelve hours. Without a key or a
 * touch a page asks nothing by itself after a while, and rest ends the session (OWASP ASVS 5.0 V7.3.1).
 *
 * @module
 */
import { focusManager } from '@tanstack/react-query'

/** As long as somebody may only look. */
const restMs = 10 * 60_000
const signs = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart', 'visibilitychange']

/** From now on queries that repeat themselves do so only for somebody; who comes back sees what is new at once. */
export function watchAttention(): void {
  focusManager.setEventListener((tell) => {
    let rest: ReturnType<typeof setTimeout> | undefined
    const heed = () => {
      clearTimeout(rest)
      const isVisible = document.visibilityState === 'visible'
      if (isVisible) rest = setTimeout(() => tell(false), restMs)
      tell(isVisible)
    }
    heed()
    for (const sign of signs) window.addEventListener(sign, heed, { capture: true, passive: true })
    return () => {
      clearTimeout(rest)
      for (const sign of signs) window.removeEventListener(sign, heed, { capture: true })
    }
  })
}
