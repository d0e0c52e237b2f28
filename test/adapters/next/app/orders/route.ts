import { current, guard } from '../../auth'

export const GET = guard((request: Request) => Response.json({ userId: current(request).userId }))
