import { siteUrl } from '../../kernel/http/setup.ts'
import type { House, MailLink } from '../feature.ts'

type Place = Pick<House, 'links' | 'baseUrl' | 'basePath'>

/** The page of the application that the options name, or else ours, whatever a request says of hosts (CVE-2025-25198). `ours` is below the base path. */
export const pageOf = ({ links, baseUrl, basePath }: Place, option: keyof House['links'], ours: `/${string}`): string =>
  links[option] ?? siteUrl(baseUrl, basePath + ours).href

/** Makes links to such a page, each with a token. */
export function linkTo(house: Place, option: MailLink, ours: `/${string}`) {
  const page = pageOf(house, option, ours)
  return (token: string): string => {
    const url = new URL(page)
    url.searchParams.set('token', token)
    return url.href
  }
}
