import { guard } from '../../auth'

export const POST = guard(() => Response.json({ refunded: true }), { role: 'admin', within: '5m' })
