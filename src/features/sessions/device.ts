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
