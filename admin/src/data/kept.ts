/**
 * Tastes the browser keeps for the operator. Nothing that matters: where storage is closed they last as long as the page.
 *
 * @module
 */
type Taste = 'language' | 'letters' | 'views' | 'checklist' | 'settings'

const nameOf = (taste: Taste): string => `panel.${taste}`

/** What was kept, if anything. */
export function kept(taste: Taste): string | null {
  try {
    return localStorage.getItem(nameOf(taste))
  } catch {
    return null
  }
}

/** Keeps a taste. */
export function keep(taste: Taste, value: string): void {
  try {
    localStorage.setItem(nameOf(taste), value)
  } catch {
    // Storage is closed in some private windows.
  }
}
