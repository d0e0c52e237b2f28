/**
 * Views of a list: what was asked of it, under a name. Each is an address; the browser keeps them for each operator by themselves.
 *
 * @module
 */
import { useState } from 'react'
import { keep, kept } from './kept.ts'
import { useOperator } from './operator.tsx'
import type { Asked } from './use-list.ts'

interface View {
  readonly name: string
  readonly asked: Asked
}

/** By operator, then by list. */
type Everything = Readonly<Record<string, Readonly<Record<string, readonly View[]>>>>

/** What another version of the panel, or somebody's hand, left there is no view. */
function everything(): Everything {
  try {
    const found: unknown = JSON.parse(kept('views') ?? '{}')
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Everything) : {}
  } catch {
    return {}
  }
}

const isView = (found: unknown): found is View =>
  typeof found === 'object' &&
  found !== null &&
  'name' in found &&
  typeof found.name === 'string' &&
  'asked' in found &&
  typeof found.asked === 'object' &&
  found.asked !== null

/** The views an operator has of a list, and how they change them. */
export function useViews(list: string) {
  const { id } = useOperator()
  const owner = id ?? ''
  const own = () => {
    const found: unknown = everything()[owner]?.[list]
    return Array.isArray(found) ? found.filter(isView) : []
  }
  const [views, setViews] = useState(own)
  /** Read anew: another tab may have kept one since. */
  const change = (next: (views: readonly View[]) => readonly View[]) => {
    const all = everything()
    const changed = next(own())
    keep('views', JSON.stringify({ ...all, [owner]: { ...all[owner], [list]: changed } }))
    setViews([...changed])
  }
  return {
    views,
    /** One of the same name is replaced. */
    save: (view: View) => change((was) => [...was.filter(({ name }) => name !== view.name), view]),
    rename: (from: string, to: string) =>
      change((was) =>
        was.filter(({ name }) => name !== to || to === from).map((one) => (one.name === from ? { ...one, name: to } : one)),
      ),
    remove: (name: string) => change((was) => was.filter((one) => one.name !== name)),
  }
}
