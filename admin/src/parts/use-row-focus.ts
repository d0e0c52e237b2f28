import { type FocusEvent, type RefObject, useEffect, useRef } from 'react'

/** The dialog that asked gives the focus back a moment after it closed. */
const dialogMs = 50

/** Whoever stood in a row that is gone stands in the one that took its place, or before the page when none is left. */
export function useRowFocus(body: RefObject<HTMLTableSectionElement | null>, ids: readonly string[]) {
  const stood = useRef<{ readonly id: string; readonly index: number } | undefined>(undefined)
  const present = ids.join('\n')
  useEffect(() => {
    const before = stood.current
    if (before === undefined || present.split('\n').includes(before.id)) return
    const timer = setTimeout(() => {
      stood.current = undefined
      if (document.activeElement !== document.body) return
      const rows = body.current?.rows
      const next = rows?.[Math.min(before.index, rows.length - 1)] ?? document.querySelector('main')
      next?.focus()
    }, dialogMs)
    return () => clearTimeout(timer)
  }, [body, present])
  return ({ target }: FocusEvent<HTMLTableSectionElement>) => {
    const row = target.closest('tr')
    const index = row ? row.sectionRowIndex : -1
    const id = ids[index]
    if (id !== undefined) stood.current = { id, index }
  }
}
