import { createContext, use } from 'react'

/** A screen this operator can open, by its name. */
export interface Place {
  readonly path: string
  readonly name: string
}

/** Given by the frame, which knows every screen: a screen that knew them all would know itself. */
export const PlacesContext = createContext<readonly Place[]>([])

/** The screens this operator can open. */
export const usePlaces = (): readonly Place[] => use(PlacesContext)
