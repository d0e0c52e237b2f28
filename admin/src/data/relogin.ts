/**
 * Between the client, which finds a session over, and the dialog, which asks for a new one.
 *
 * @module
 */
type Answer = (isBack: boolean) => void

let waiting: Answer | undefined
const listeners = new Set<() => void>()
const tell = () => {
  for (const listener of listeners) listener()
}

/** Opens the dialog. Before there is one, the address of the page has a door of its own. @returns whether the same operator is back */
export function askForLogin(): Promise<boolean> {
  return new Promise((resolve) => {
    if (listeners.size === 0) location.reload()
    waiting = resolve
    tell()
  })
}

/** Answers whoever waits, and closes the dialog. */
export function answerLogin(isBack: boolean): void {
  waiting?.(isBack)
  waiting = undefined
  tell()
}

/** For `useSyncExternalStore`: whether somebody waits. */
export const loginIsAsked = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  get: (): boolean => waiting !== undefined,
}
