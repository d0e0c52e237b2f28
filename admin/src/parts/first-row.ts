/** Goes to the first row of the list on the screen, if it has one. */
export const focusFirstRow = (): void => document.querySelector<HTMLElement>('main tbody > tr[tabindex="0"]')?.focus()
