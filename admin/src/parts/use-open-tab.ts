import { useEffect, useRef } from 'react'

/** Where tabs do not all fit, the one that is open may be out of sight. @returns what the list of tabs is held by */
export function useOpenTabInSight(open: string | undefined) {
  const list = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is open then
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [open])
  return list
}
