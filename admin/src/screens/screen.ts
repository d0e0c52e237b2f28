import type { FunctionComponent } from 'react'
import type { Right } from '../data/operator.tsx'
import type { Texts } from '../messages/language.ts'
import type { IconName } from '../parts/icon.tsx'

/** A page of a screen, loaded when it is opened: a module whose default export is the page. */
export type LoadPage = () => Promise<{ default: FunctionComponent }>

/** Everything the frame has to know of a screen. */
export interface Screen {
  /** Where it is under the base of the panel. */
  readonly path: `/${string}`
  readonly label: Texts<string>
  readonly icon: IconName
  /** Screens of `top` stand above all groups. */
  readonly group: 'top' | 'people' | 'house'
  /** Who sees it at all; acts inside ask for themselves. */
  readonly right: Right
  /** The feature of the house it shows, where that can be off. */
  readonly feature?: string
  /** Its page `/new`, where it makes things: what the palette calls it, and who may. */
  readonly add?: { readonly label: Texts<string>; readonly right: Right }
  /** The letter after `g` that leads here. */
  readonly jump?: string
  /** Its pages by what follows the path: `''` for the screen itself, `/$id` for one of its things. */
  readonly pages: Readonly<Record<string, LoadPage>>
}
