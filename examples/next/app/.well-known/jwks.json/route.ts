import { routes } from '../../../auth'

export const { GET, HEAD } = routes
