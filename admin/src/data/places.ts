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

/** Whether what is drawn stands in a row that leads to a place: nothing within it leads to another, or a click would be a gamble. */
export const RowLeads = createContext(false)
