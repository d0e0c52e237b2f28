import bowser from 'bowser'

/**
 * A label people recognise their device by: "Firefox on Windows". The raw user agent is kept beside it, cut to 512 characters.
 *
 * @returns "Unknown device" for an agent that names no browser
 */
export function deviceLabel(userAgent: string): string {
  if (userAgent === '') return 'Unknown device'
  const { browser, os } = bowser.parse(userAgent.slice(0, 512))
  const parts = [browser.name, os.name].filter((part): part is string => part !== undefined && part !== '')
  return parts.length === 0 ? 'Unknown device' : parts.join(' on ')
}

const named = new Set([...Object.values(bowser.BROWSER_MAP), ...Object.values(bowser.OS_MAP)])

/**
 * A device in the words of no language: "Firefox, Windows". Only names that are known by heart: what a caller calls itself does not get into a
 * mail to somebody else.
 *
 * @returns `undefined` for an agent that names none
 */
export function deviceName(userAgent: string): string | undefined {
  if (userAgent === '') return undefined
  const { browser, os } = bowser.parse(userAgent.slice(0, 512))
  return [browser.name, os.name].filter((part) => part !== undefined && named.has(part)).join(', ') || undefined
}
