import { useState } from 'react'
import type { Selection } from './data-table.tsx'

/** Ticks of one list; those of rows that are no longer shown are asked for by nobody. */
export function useSelection(): Selection {
  const [ids, set] = useState<ReadonlySet<string>>(() => new Set())
  return { ids, set }
}
