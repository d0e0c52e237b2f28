import { current } from '../../auth'

export const GET = (request: Request) => Response.json({ userId: current(request).userId })
