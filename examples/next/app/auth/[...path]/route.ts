import { routes } from '../../../auth'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes
