import { current, guard } from '../../auth'

export const POST = guard((request: Request) => Response.json({ userId: current(request).userId }), { within: '5m' })
