const most = 20

/** What a browser wishes, best first (RFC 9110 §12.5.4). */
export function wishesOf(acceptLanguage: string | null | undefined): readonly string[] {
  const ranges = (acceptLanguage ?? '').split(',', most).map((range) => {
    const [tag = '', quality] = range.split(';', 2)
    const weight = quality === undefined ? 1 : Number(/^\s*q=([01](?:\.\d{1,3})?)\s*$/.exec(quality)?.[1] ?? 0)
    return { tag: tag.trim(), weight }
  })
  return ranges
    .filter(({ tag, weight }) => tag !== '' && weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag)
}
